"""The dashboard: every expression answered by what `/metrics` exposes, in a form that Grafana reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.pipeline.desk import ROOT, Desk, article

DASHBOARD: dict[str, Any] = json.loads((ROOT / "docs" / "grafana.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = [each for each in DASHBOARD["panels"] if each["type"] != "row"]

EXPRESSION = re.compile(
    r"(?:sum(?: by \((?P<by>\w+(?:, ?\w+)*)\))? \()?(?:sum\()?"
    r"(?P<metric>finews_\w+)(?:\{(?P<matchers>[^}]*)\})?\)*(?: > \d+)?"
)
"""What is asked here of Prometheus: a figure, some of its samples, their sum. Anything else is for a longer look."""
MATCHER = re.compile(r'(\w+)(=|!=)"([^"]*)"')

REDUCED = {"lastNotNull", "last", "mean", "max", "min", "sum"}
UNITS = {"short", "s", "bytes", "none", "percentunit", None}
COLOURS = {"green", "yellow", "orange", "red", "blue", "purple", "transparent"}
KEYS = {
    "row": {"id", "type", "title", "gridPos", "collapsed", "panels"},
    "stat": {
        *("id", "type", "title", "description", "gridPos", "datasource"),
        *("targets", "fieldConfig", "options"),
    },
}
KEYS["timeseries"] = KEYS["stat"]
OPTIONS = {
    "stat": {"reduceOptions", "colorMode", "graphMode", "textMode", "orientation", "justifyMode"},
    "timeseries": {"legend", "tooltip"},
}


@pytest.fixture
def exposed(desk: Desk) -> Mapping[str, list[Mapping[str, str]]]:
    """Figure → the labels of each of its samples, of a pipeline that has something of everything."""
    desk.publish(
        article(1, feeds=("37",)), article(2, feeds=("38",), extra={"title": ""}, feed_extra={"title": ""})
    )
    desk.poll()
    desk.execute("insert into runs (kind, host, pid) values ('backfill', 'h', 1)")
    desk.execute(
        "insert into backfills (wish, force, state, asked_by, changed_by) values ('{}', false, 'running', 'a', 'a')"
    )
    ran = desk.run("metrics", "--once")
    assert ran.status == 0, ran.err
    found: dict[str, list[Mapping[str, str]]] = {
        each.name: [sample.labels for sample in each.samples]
        for each in text_string_to_metric_families(ran.out)
    }
    assert not [name for name, samples in found.items() if not samples]
    return found


def test_every_expression_is_answered(exposed: Mapping[str, list[Mapping[str, str]]]) -> None:
    shown = set()
    for panel, target in targets():
        asked = EXPRESSION.fullmatch(target["expr"])
        assert asked, target["expr"]
        samples = exposed[asked["metric"]]
        shown.add(asked["metric"])
        labels = set(samples[0])
        matchers = MATCHER.findall(asked["matchers"] or "")
        assert ",".join(f'{name}{how}"{value}"' for name, how, value in matchers) == (asked["matchers"] or "")
        for name, how, value in matchers:
            there = {each[name] for each in samples}
            # What is asked for is there; what is left out leaves something.
            assert value in there if how == "=" else there - {value}, target["expr"]
        if "sum" in target["expr"]:
            by = set(filter(None, re.split(", ?", asked["by"] or "")))
            assert by <= labels, target["expr"]
            labels = by
        legend = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        assert legend <= labels, (panel["title"], legend)
        if panel["type"] == "timeseries":
            told_apart = labels - {name for name, how, _ in matchers if how == "="}
            assert legend >= told_apart, f"lines of {panel['title']} have the same name"
    assert shown == set(exposed), "each figure has its place"
    manual = (ROOT / "docs" / "OPERATIONS.md").read_text(encoding="utf-8")
    told = {
        name: set(re.findall(r"`(\w+)`", labels))
        for names, labels in re.findall(r"^\| (`finews_[^|]*)\|([^|]*)\|", manual, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", names)
    }
    assert told == {name: set(samples[0]) for name, samples in exposed.items()}


def test_grafana_can_read_it() -> None:
    """The form of Grafana's own schema of dashboards, as far as it is used here."""
    assert {
        "title",
        "uid",
        "schemaVersion",
        "panels",
        "templating",
        "time",
        "refresh",
        "annotations",
    } <= set(DASHBOARD)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", DASHBOARD["uid"])
    assert isinstance(DASHBOARD["schemaVersion"], int)
    assert "id" not in DASHBOARD, "the number in one database is none in another"
    variables = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == ("datasource", "prometheus")
    used = set(re.findall(r"\$\{(\w+)\}|\$(\w+)", json.dumps(DASHBOARD)))
    assert {name for pair in used for name in pair if name} <= set(variables)
    ids = [each["id"] for each in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    for panel in DASHBOARD["panels"]:
        assert set(panel) <= KEYS[panel["type"]], panel["title"]
        assert panel["title"]
    for panel in PANELS:
        _check(panel)


def test_panels_lie_beside_each_other() -> None:
    places = [each["gridPos"] for each in DASHBOARD["panels"]]
    assert all(set(each) == {"x", "y", "w", "h"} for each in places)
    cells = [
        (each["x"] + dx, each["y"] + dy)
        for each in places
        for dx in range(each["w"])
        for dy in range(each["h"])
    ]
    assert len(cells) == len(set(cells)), "panels overlap"
    assert max(x for x, _ in cells) < 24


def targets() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each panel with each of its questions."""
    for panel in PANELS:
        assert panel["targets"], panel["title"]
        for target in panel["targets"]:
            yield panel, target


def _check(panel: Mapping[str, Any]) -> None:
    source = {"type": "prometheus", "uid": "${datasource}"}
    assert panel["datasource"] == source
    names = [each["refId"] for each in panel["targets"]]
    assert len(names) == len(set(names)), panel["title"]
    for target in panel["targets"]:
        assert target["datasource"] == source
        assert set(target) <= {"refId", "datasource", "expr", "legendFormat", "instant", "range", "format"}
    assert set(panel["options"]) <= OPTIONS[panel["type"]], panel["title"]
    if panel["type"] == "stat":
        assert set(panel["options"]["reduceOptions"]["calcs"]) <= REDUCED
    assert set(panel["fieldConfig"]) == {"defaults", "overrides"}
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults.get("unit") in UNITS, panel["title"]
    if thresholds := defaults.get("thresholds"):
        assert thresholds["mode"] == "absolute"
        first, *steps = [each["value"] for each in thresholds["steps"]]
        assert first is None, "the first step is what lies below all others"
        assert steps == sorted(steps)
        assert {each["color"] for each in thresholds["steps"]} <= COLOURS
    for mapping in defaults.get("mappings", ()):
        assert mapping["type"] == "value"
        assert all("text" in each for each in mapping["options"].values())
