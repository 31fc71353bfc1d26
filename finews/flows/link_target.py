"""Addresses of a stranger made fit to stand between `<` and `>`."""

import re
from urllib.parse import quote, urlsplit

_KEPT = "!#$%&'()*+,/:;=?@~"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?|\[[0-9A-Fa-f:.]+\]")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_REFERENCE = re.compile(r"(&(?:#[0-9]+|#x[0-9A-Fa-f]+|[A-Za-z_:][\w:.-]*));", re.ASCII)
_LONGEST = 2000


def _ascii_host(host: str) -> str | None:
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return host if _HOST.fullmatch(host) else None


def link_target(url: str) -> str | None:
    """`url` as an absolute http or https address of URL characters only; `None` when it is not one.

    Blanks around it are ignored. Characters that no URL holds are percent-encoded. An address with control
    characters, without a host, with a user name or of over 2,000 characters is refused.
    """
    url = url.strip()
    if len(url) > _LONGEST or _CONTROL.search(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    named, _, _ = parts.netloc.rpartition(":") if port is not None else (parts.netloc.rstrip(":"), "", "")
    host = _ascii_host(named)
    if host is None:
        return None
    rest = url[url.index(parts.netloc, len(scheme) + 3) + len(parts.netloc) :]
    rest = _BROKEN_ESCAPE.sub("%25", quote(rest, safe=_KEPT))
    # Left as it is, `&lt;` in an address would be shown as `<`.
    rest = _REFERENCE.sub(r"\1%3B", rest)
    return f"{scheme}://{host}{'' if port is None else f':{port}'}{rest}"
