"""Names of a mirror: its address, its host, or its place in FINEWS_SOURCES, from 1."""

from __future__ import annotations

from urllib.parse import urlsplit

from finews.schema.errors import UnknownNameError
from finews.schema.settings import Settings


def mirror_named(settings: Settings, name: str) -> str:
    """The base address of the one mirror that a name means; raises UnknownNameError."""
    wanted = name.strip().rstrip("/")
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 4:
        found = [*settings.sources[int(wanted) - 1 : int(wanted)]] if int(wanted) else []
    else:
        found = [each for each in settings.sources if wanted.lower() in (each.lower(), *_hosts(each))]
    if len(found) == 1:
        return found[0]
    known = ", ".join(name_of(settings, each) for each in settings.sources)
    what = "means several mirrors" if found else "is no mirror"
    raise UnknownNameError(f"{wanted[:200]} {what}", advice=f"Mirrors are {known}")


def name_of(settings: Settings, base: str) -> str:
    """The short name of a mirror: host and port, which stay its own; of several that share them, its place."""
    netloc = urlsplit(base).netloc.lower()
    alone = sum(urlsplit(each).netloc.lower() == netloc for each in settings.sources) == 1
    return netloc if alone else str(settings.sources.index(base) + 1)


def _hosts(base: str) -> tuple[str, str]:
    parts = urlsplit(base)
    return parts.netloc.lower(), (parts.hostname or "").lower()
