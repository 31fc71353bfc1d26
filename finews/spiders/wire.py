"""The source's bytes → records: pure functions, which raise nothing but WireError whatever the bytes are."""

from .article_body import ArticleText, article_text
from .article_page import article_page
from .decoding import WireError
from .feed_listing import parse_feed
from .moment import parse_moment

__all__ = ["ArticleText", "WireError", "article_page", "article_text", "parse_feed", "parse_moment"]
