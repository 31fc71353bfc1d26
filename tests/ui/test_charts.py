"""Charts: what is drawn is in the table too, and nothing in the drawing acts or brings a style of its own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from markupsafe import Markup

from finews.ui.charts import Figure, Series, _scale
from finews.ui.moments import lasting

NAMES = ("新浪财经", "</svg><script>alert(1)</script>", '" onload="x', "{{ 7 * 7 }}")


def figure(**fields: Any) -> Figure:
    """A figure of four series and three hours."""
    hours = ("09", "10", "11")
    given: dict[str, Any] = {
        "name": "chart",
        "kind": "bars",
        "title": "Articles & more",
        "words": "Most are of <b>.",
        "axis": "Hour",
        "labels": hours,
        "rows": tuple(Markup(each) for each in hours),
        "series": tuple(
            Series(name=name, values=(1.0, 0.0, 20.0 + number)) for number, name in enumerate(NAMES)
        ),
    }
    return Figure(**{**given, **fields})


@pytest.mark.parametrize("kind", ["bars", "lines"])
def test_a_drawing_is_named_and_bare(kind: str) -> None:
    drawn = str(figure(kind=kind).svg)
    root = etree.fromstring(drawn)
    assert root.get("role") == "img"
    named = [root.findtext(f"*[@id='{each}']") for each in str(root.get("aria-labelledby")).split()]
    assert named == ["Articles & more", "Most are of <b>."]
    assert not [each for each in root.iter() if each.tag in ("script", "style", "defs", "a", "image", "use")]
    attributes = {name for each in root.iter(etree.Element) for name in each.attrib}
    assert attributes <= {
        *("role", "viewBox", "aria-labelledby", "id", "class", "transform"),
        *("x", "y", "rx", "ry", "cx", "cy", "r", "d", "width", "height"),
    }
    assert "<!--" not in drawn
    assert "http" not in drawn


@pytest.mark.parametrize("kind", ["bars", "lines"])
def test_marks_tell_their_values(kind: str) -> None:
    root = etree.fromstring(str(figure(kind=kind).svg))
    told = [
        each.findtext("title")
        for each in root.iter("g")
        if each.get("class") in ("bar", "dots") and len(each)
    ]
    assert {f"{name}, 11: {20 + number}" for number, name in enumerate(NAMES)} <= set(told)
    assert len(root.findall(".//*[@class='series serie-3 color-3']")) >= 1


def test_the_table_has_what_is_drawn() -> None:
    assert figure(total="Sum").table == [
        (Markup("09"), ["1", "1", "1", "1", "4"]),
        (Markup("10"), ["0", "0", "0", "0", "0"]),
        (Markup("11"), ["20", "21", "22", "23", "86"]),
    ]
    gaps = figure(
        kind="lines", series=(Series(name="p50", values=(None, 0.4, 90.0)),), shown=lasting, whole=False
    )
    assert [values for _, values in gaps.table] == [["–"], ["400 ms"], ["1 min 30 s"]]
    # A gap is a gap: nothing is drawn from the point before it to the point after it.
    broken = figure(kind="lines", series=(Series(name="p50", values=(1.0, None, 3.0)),), whole=False)
    assert not re.search(r'class="line reactive', str(broken.svg))
    assert str(broken.svg).count("<circle") == 2


def test_nothing_to_draw() -> None:
    assert figure(series=()).empty
    assert figure(series=(Series(name="a", values=(0.0, None, 0.0)),)).empty
    assert not figure().empty


@given(most=st.floats(0, 1e7), whole=st.booleans())
def test_scales_are_few_even_steps_that_hold_the_most(most: float, whole: bool) -> None:
    scale = _scale(most, whole=whole)
    assert scale[0] == 0
    assert scale[-1] >= most * (1 - 1e-9)
    assert 2 <= len(scale) <= 6
    assert not whole or all(each == int(each) for each in scale)
