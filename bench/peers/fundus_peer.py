"""fundus on the server-rendered pages: a publisher as its documentation has it, crawled with its `Crawler`.

A publisher's articles are found through its sitemap. The source has none, so this script serves one of its own, on
loopback, which names the given pages.
"""

# No `from __future__ import annotations`, and Optional: fundus reads the annotations of a parser as it runs.
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Optional

from fundus import Crawler, Sitemap
from fundus.parser import ArticleBody, BaseParser, ParserProxy, attribute
from fundus.parser.utility import extract_article_body_with_selector
from fundus.publishers.base_objects import Publisher
from lxml.cssselect import CSSSelector

# The folder above is where `bench` is looked for, however this file is started.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.peers.task import parser, task, tell

TITLE: Final[Callable[[Any], Any]] = CSSSelector("div.newsContent > h1")
INFO: Final[Callable[[Any], Any]] = CSSSelector("div.infos > div.item")
PARAGRAPHS: Final = CSSSelector("div#ContentBody > p")
CHINA: Final = timezone(timedelta(hours=8), "CST")
MOMENT: Final = "%Y年%m月%d日 %H:%M"


class PageParser(ParserProxy):
    """The pages of the source."""

    class V1(BaseParser):
        """The one shape they have."""

        @attribute
        def title(self) -> Optional[str]:  # noqa: UP045
            """The headline."""
            return next((each.text_content().strip() for each in TITLE(self.precomputed.doc)), None)

        @attribute
        def body(self) -> Optional[ArticleBody]:  # noqa: UP045
            """The paragraphs."""
            return extract_article_body_with_selector(self.precomputed.doc, paragraph_selector=PARAGRAPHS)

        @attribute
        def publishing_date(self) -> Optional[datetime]:  # noqa: UP045
            """The moment below the headline."""
            first = next((each.text_content() for each in INFO(self.precomputed.doc)), None)
            return datetime.strptime(first, MOMENT).replace(tzinfo=CHINA) if first else None

        @attribute
        def authors(self) -> list[str]:
            """Whom the page names as author."""
            items = [each.text_content() for each in INFO(self.precomputed.doc)]
            return [text.removeprefix("作者：") for text in items if text.startswith("作者：")]


def main() -> None:
    """Crawls and tells."""
    given = task(parser(__doc__).parse_args())
    with sitemap(given.pages) as address:
        publisher = Publisher(
            name="Bench",
            domain=given.base,
            parser=PageParser,
            sources=[Sitemap(address, languages={"zh"})],
        )
        begun = time.perf_counter()
        # Its thread a publisher hands articles over a queue that it looks at anew every 50 ms once it is full:
        # good for many publishers side by side, 25 articles a second for one.
        crawler = Crawler(publisher, delay=0.0, threading=False)
        whole = sum(bool(each.title and each.plaintext) for each in crawler.crawl())
        seconds = time.perf_counter() - begun
    tell(
        peer="fundus",
        version=f"fundus {version('fundus')}",
        articles=whole,
        seconds=seconds,
        note="Crawler without threads and without its delay of a second, one publisher; nothing stored",
    )


@contextmanager
def sitemap(pages: list[str]) -> Iterator[str]:
    """The address of a sitemap of these pages, for as long as the block lasts."""
    places = "".join(f"<url><loc>{page}</loc></url>" for page in pages)
    content = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'.encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the library's name)
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/sitemap.xml"
        finally:
            server.shutdown()


if __name__ == "__main__":
    main()
