"""Times, as pages show them: China's, with the viewer's own on hover."""

from __future__ import annotations

from datetime import date, datetime

from markupsafe import Markup

from finews.schema.records import CHINA

_TEXT = Markup('<time datetime="{}" title="{}"{}>{}</time>')
_LIVING = Markup(' data-ago="{}"')


def when(moment: datetime | None, *, seconds: bool = True, ago: bool = False) -> Markup:
    """`<time>` in China time; a dash where there is none. With `ago` a script of ours shows how long ago it is.

    Raises ValueError for a time without a zone.
    """
    if moment is None:
        return Markup('<span class="none">–</span>')
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no zone")
    there = moment.astimezone(CHINA)
    shown = f"{there:%Y-%m-%d %H:%M:%S}" if seconds else f"{there:%Y-%m-%d %H:%M}"
    return _TEXT.format(
        there.isoformat(timespec="seconds"), f"{shown} UTC+8", _LIVING.format("") if ago else "", shown
    )


def day(value: date) -> Markup:
    """`<time>` of a day in China."""
    return Markup('<time datetime="{0}">{0}</time>').format(value.isoformat())


def lasting(seconds: float | None) -> str:
    """`850 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`: two units at most."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, unit, smaller, name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit}" + (f" {rest} {name}" if rest else "")
    return f"{whole} s"


def amount(size: float) -> str:
    """Bytes for a person: `812 B`, `4.1 KiB`, `3.0 GiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
