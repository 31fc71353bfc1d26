"""Charts as accessible SVG: drawn by pygal, bare of style and script, coloured by our sheet, a table behind each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from math import ceil, floor, log10
from typing import Any, Final, Literal

from markupsafe import Markup

_WIDTH, _HEIGHT = 760, 230
_LABEL_SIZE: Final = 12
"""Pixels, as in the style sheet: pygal leaves so much room for what it does not style itself."""
_STEPS: Final = 4
_OF_CLOCKS: Final = (
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    14400,
    21600,
    43200,
    86400,
)
"""Seconds that read well at an axis."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """A name and a value a label; None where there is none."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart with its table: `name` is unique on its page, `words` say what is to be seen, in a sentence.

    `labels` stand at the axis, `rows` in the table; `shown` renders a value; `total` adds a column to the table.
    """

    name: str
    kind: Literal["bars", "lines"]
    title: str
    words: str
    axis: str
    labels: tuple[str, ...]
    rows: tuple[Markup, ...]
    series: tuple[Series, ...]
    shown: Callable[[float], str] = "{:,.0f}".format
    whole: bool = True
    """Whether values are numbers of something, else they are seconds."""
    total: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for each in self.series for value in each.values)

    @cached_property
    def table(self) -> list[tuple[Markup, list[str]]]:
        """(label, values of the series, as they are shown) a row."""
        found = []
        for place, label in enumerate(self.rows):
            values = [each.values[place] for each in self.series]
            if self.total:
                values.append(sum(value or 0 for value in values))
            found.append((label, ["–" if value is None else self.shown(value) for value in values]))
        return found

    @cached_property
    def svg(self) -> Markup:
        """The drawing, as part of a page; colours and type are classes (`color-0`, `axis`) of the style sheet."""
        from lxml import etree

        root = _drawing(self).render_tree()
        _make_bare(root)
        _name_marks(root, self)
        root.attrib.clear()
        for name, value in (
            ("role", "img"),
            ("viewBox", f"0 0 {_WIDTH} {_HEIGHT}"),
            ("aria-labelledby", f"{self.name}-title {self.name}-words"),
        ):
            root.set(name, value)
        for tag, text in (("desc", self.words), ("title", self.title)):
            node = root.makeelement(tag, {"id": f"{self.name}-{'title' if tag == 'title' else 'words'}"})
            node.text = text
            root.insert(0, node)
        etree.cleanup_namespaces(root)
        return Markup(etree.tostring(root, encoding="unicode"))  # noqa: S704 - escaped by lxml


@cache
def _library() -> Any:
    import pygal

    # For plug-ins, of which there are none here, it puts a finder of an old kind into the way of every later import.
    sys.meta_path[:] = [each for each in sys.meta_path if type(each).__module__ != pygal.__name__]
    return pygal


def _drawing(figure: Figure) -> Any:
    pygal = _library()
    scale = _scale(max((value or 0 for value in _tops(figure)), default=0), whole=figure.whole)
    made = (pygal.StackedBar if figure.kind == "bars" else pygal.Line)(
        css=[],
        js=[],
        style=pygal.style.Style(label_font_size=_LABEL_SIZE, major_label_font_size=_LABEL_SIZE),
        width=_WIDTH,
        height=_HEIGHT,
        margin=4,
        margin_top=10,
        spacing=6,
        show_legend=False,
        no_prefix=True,
        no_data_text="",
        truncate_label=-1,
        x_labels=figure.labels,
        y_labels=scale,
        range=(scale[0], scale[-1]),
        value_formatter=lambda value: figure.shown(value) if value else "0",
        dots_size=3,
        allow_interruptions=True,
    )
    for each in figure.series:
        made.add(each.name, list(each.values))
    return made


def _tops(figure: Figure) -> list[float | None]:
    columns = zip(*(each.values for each in figure.series), strict=True)
    if figure.kind == "bars":
        return [sum(value or 0 for value in column) for column in columns]
    return [value for column in columns for value in column]


def _scale(most: float, *, whole: bool) -> list[float]:
    """From 0 to `most` or a little more, in some round steps: of numbers, or of seconds as clocks have them."""
    least = max(most, 1 if whole else 0.1) / _STEPS
    power = 10.0 ** floor(log10(least))
    rounds = [power * each for each in (1, 2, 5, 10)]
    if not whole and least > 1:
        rounds = [*_OF_CLOCKS, *(3600 * each for each in rounds)]
    step = next((each for each in rounds if each >= least * (1 - 1e-9)), least)
    if whole:
        step = max(1, round(step))
    return [step * each for each in range(max(1, ceil(most / step - 1e-9)) + 1)]


def _make_bare(root: Any) -> None:
    """Takes away what a page must not have (style, script) and what only pygal's own script would use."""
    for node in list(root.iter()):
        parent = node.getparent()
        if parent is None:
            continue
        name = node.tag if isinstance(node.tag, str) else "comment"
        kinds = set((node.get("class") or "").split())
        if name in ("defs", "title", "style", "script", "comment") or kinds & _IDLE or _is_flat(node):
            parent.remove(node)
        elif "style" in node.attrib:
            del node.attrib["style"]


_IDLE: Final = {"tooltip-overlay", "text-overlay", "titles", "background"}


def _is_flat(node: Any) -> bool:
    return node.tag == "rect" and float(node.get("height") or 1) == 0


def _name_marks(root: Any, figure: Figure) -> None:
    """Gives each bar and dot a title, which browsers show on hover, in place of what is meant for a script."""
    for series in root.iter("g"):
        number = next(
            (each[6:] for each in (series.get("class") or "").split() if each.startswith("serie-")), ""
        )
        if number:
            _name_series(series, figure.series[int(number)].name)


def _name_series(series: Any, name: str) -> None:
    for mark in series.iter("g"):
        said = {each.get("class"): each.text for each in mark.findall("desc")}
        for each in mark.findall("desc"):
            mark.remove(each)
        if len(mark) and "value" in said:
            title = mark.makeelement("title", {})
            title.text = f"{name}, {said.get('x_label', '')}: {said['value']}"
            mark.insert(0, title)
