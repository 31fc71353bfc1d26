"""From the HTML of an article to HTML that may stand in a page."""

import re
from html import escape

import nh3

from finews.flows.harmless_style import harmless_style
from finews.flows.inert import inert
from finews.flows.markup import tokens, without_comments
from finews.flows.nesting import DEEPEST, depth, limit_nesting
from finews.flows.visible_text import is_empty, visible_text
from finews.schema.plain_text import whole_characters

__all__ = ["inert", "is_empty", "sanitise", "visible_text"]

_TAGS = set(
    "a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del"
    " details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark"
    " nav nobr ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot"
    " th thead time tr tt u ul var wbr".split()
)
_DROPPED_WITH_CONTENT = set(
    "script style svg math iframe frameset noframes noembed noscript template title head applet embed".split()
)
_CELL = {
    "colspan",
    "rowspan",
    "headers",
    "scope",
    "abbr",
    "nowrap",
    "valign",
    "align",
    "bgcolor",
    "width",
    "height",
}
_ATTRIBUTES = {
    "*": {"class", "id", "title", "lang", "dir", "align", "style", "width", "height", "name", "web"},
    "a": {"href", "target", "rel", "hreflang"},
    "span": {"href", "target"},
    "img": {"src", "alt", "border", "hspace", "vspace", "loading"},
    "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing", "bgcolor", "summary", "rules", "frame", "bordercolor"},
    "tr": _CELL,
    "td": _CELL,
    "th": _CELL,
    "tbody": {"valign"},
    "thead": {"valign"},
    "tfoot": {"valign"},
    "col": {"span", "valign"},
    "colgroup": {"span", "valign"},
    "hr": {"size", "color", "noshade"},
    "ol": {"start", "type", "reversed"},
    "ul": {"type"},
    "li": {"value", "type"},
    "br": {"clear"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "del": {"cite", "datetime"},
    "ins": {"cite", "datetime"},
    "time": {"datetime"},
    "details": {"open"},
}
_ADDRESSES = frozenset({"href", "src", "cite"})
_ATTRIBUTE_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u3000]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SCHEMES = frozenset({"http", "https", "mailto"})

_INDENT = "\u3000\u3000"
_MANY_TAGS = 2000
_MOST_REFERENCES = 100_000
_ROUNDS = 6
# What most articles are: paragraphs of text, with the source's own tags of securities in them. Each attribute has
# its place and a harmless form, and nothing is nested that a browser would nest otherwise.
_TEXT = r"[^<>&\x00-\x08\x0b-\x1f\x7f-\xa0]"
_NAMED = r'(?: id="[A-Za-z0-9_.]++")?+'
_LINKED = (
    r'(?: href="https?://[A-Za-z0-9_.~:/?#@!$*+,;=%-]++")?+'
    r'(?: class="[A-Za-z0-9_-]++")?+(?: data-code="[0-9A-Za-z_.,]++")?+'
)
_PLAIN_LINK = rf"<a{_LINKED}>{_TEXT}*+</a>"
_PLAIN_PARAGRAPH = (
    rf'<p(?: class="[A-Za-z0-9_-]++")?+>{_TEXT}*+'
    rf"(?:(?:<br>|{_PLAIN_LINK}|<span{_NAMED}>{_TEXT}*+(?:{_PLAIN_LINK}{_TEXT}*+)*+</span>"
    rf"|<strong>{_TEXT}*+</strong>){_TEXT}*+)*+</p>"
)
_PLAIN = re.compile(rf"[ \n]*+(?:{_PLAIN_PARAGRAPH}[ \n]*+)++")
_LIQUID = re.compile(r"\{(?=[{%])")
_LINE_BREAK_IN_TAG = re.compile(r"<[a-z][^<>\n]*+\n[^<>]*+>")
_PRE_BREAK = re.compile(r"(<pre(?: [^<>]*+)?>)\n")
_DEFINITION = re.compile(r"^( {0,3})\[", re.MULTILINE)


def _keep_attribute(_tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return harmless_style(value)
    if name in _ADDRESSES:
        scheme = _SCHEME.match(_UNSEEN.sub("", value))
        return None if scheme and scheme[1].lower() not in _SCHEMES else value
    # Kramdown drops an empty id, and takes a tag with an unusual attribute name for text.
    if (name == "id" and not value.strip()) or not _ATTRIBUTE_NAME.fullmatch(name):
        return None
    return value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_DROPPED_WITH_CONTENT,
    attributes=_ATTRIBUTES,
    generic_attribute_prefixes={"data-"},
    attribute_filter=_keep_attribute,
    strip_comments=True,
    link_rel=None,
    url_schemes=set(_SCHEMES),
)


def _without_indents(html: str) -> str:
    return html.replace(_INDENT, "") if _INDENT in html else html


def _stable(html: str) -> str:
    # What the serialiser writes in a way that would read differently the next time is respelled.
    html = _without_indents(html)
    if "\r" in html:
        html = html.replace("\r", "&#13;")
    if "<pre" in html:
        html = _PRE_BREAK.sub(r"\1\n\n", html)
    return html


def _says_the_same(source: str, cleaned: str) -> bool:
    """Whether `source` is spelled plainly and the cleaner removed and moved nothing of it."""
    if source == cleaned:
        return True
    source = source.replace("\r\n", "\n")
    if "\r" in source:
        return False
    said = tokens(source)
    # A pair of indents may hide in references; written out it has to go.
    return said is not None and said == tokens(cleaned) and _INDENT not in cleaned


def _clean(html: str) -> str:
    """Safe HTML that cleaning would not change again: `html` itself where that is possible."""
    source = without_comments(html) if "<!--" in html else html
    source = _without_indents(source)
    # The cleaner would find nothing to do in plain paragraphs; a test holds it to that.
    return source if _PLAIN.fullmatch(source) else _cleaned(source)


def _cleaned(source: str) -> str:
    for _ in range(_ROUNDS):
        if source.count("<") > _MANY_TAGS:
            source = limit_nesting(source)
        # The cleaner's time grows with the square of these.
        if source.count("&") + source.count("\xa0") > _MOST_REFERENCES:
            break
        cleaned = _CLEANER.clean(source)
        deep = cleaned.count("<") > 2 * DEEPEST and depth(cleaned) > DEEPEST
        if not deep and _says_the_same(source, cleaned):
            return source
        respelled = _stable(limit_nesting(cleaned) if deep else cleaned)
        if respelled == source:
            return source
        source = respelled
    # Markup that takes forever, or reads differently each time, is a trap: only its words are kept.
    return f"<p>{escape(_without_indents(visible_text(source)), quote=False)}</p>"


def _without_directives(html: str) -> str:
    """`html` with nothing for Liquid, nor for an excerpt that is cut out of it, to act on."""
    if "{{" in html or "{%" in html:
        html = _LIQUID.sub("&#123;", html)
    if "\n" in html:
        html = _LINE_BREAK_IN_TAG.sub(lambda tag: tag[0].replace("\n", "&#10;"), html)
        # Jekyll copies lines that look like link definitions out of any HTML, into an excerpt.
        if "[" in html:
            html = _DEFINITION.sub(r"\1&#91;", html)
    return html


def sanitise(html: str) -> str:
    """The HTML of an article as safe HTML for the body of a post.

    No script, style, frame, form, event handler, comment or `javascript:` address is left, no pair of
    U+3000, nothing for Liquid or Markdown to act on; text, paragraphs, tables, images, links and security
    tags are. Plain safe HTML comes back to the byte; other HTML is written anew, the same tree without
    what is unsafe. Sanitising twice is sanitising once, and any text is accepted.
    """
    return inert(_without_directives(_clean(whole_characters(html))))
