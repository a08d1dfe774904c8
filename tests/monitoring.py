"""The queries of deploy/monitoring, and which metrics and labels they name."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser
import yaml

FOLDER = Path(__file__).parent.parent / "deploy" / "monitoring"
# What Prometheus adds to what it scrapes, and what it says itself.
ADDED = frozenset({"job", "instance"})
ITS_OWN = frozenset({"up"})


@dataclass(frozen=True)
class Selector:
    """A metric that a query names, with the labels that it compares and those by which it is grouped."""

    name: str
    equal: tuple[tuple[str, str], ...]
    labels: frozenset[str]


def alerts() -> list[dict[str, Any]]:
    [group] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return group["rules"]


def panels() -> list[dict[str, Any]]:
    return [one for one in json.loads((FOLDER / "dashboard.json").read_text())["panels"] if one["type"] != "row"]


def queries() -> dict[str, str]:
    """Return every query by where it stands; Grafana puts a duration in place of its variable."""
    found = {rule["alert"]: rule["expr"] for rule in alerts()}
    for panel in panels():
        for target in panel["targets"]:
            found[f"{panel['title']} {target['refId']}"] = target["expr"].replace("$__rate_interval", "5m")
    return found


def selectors(query: str) -> list[Selector]:
    """Return what a query names. Raise ValueError when it cannot be read."""
    return _within(promql_parser.parse(query), frozenset())


def _within(node: Any, grouped: frozenset[str]) -> list[Selector]:
    match node:
        case promql_parser.VectorSelector():
            matchers = node.matchers.matchers
            equal = tuple((one.name, one.value) for one in matchers if one.op == promql_parser.MatchOp.Equal)
            return [Selector(node.name, equal, frozenset(one.name for one in matchers) | grouped)]
        case promql_parser.MatrixSelector():
            return _within(node.vector_selector, grouped)
        case promql_parser.AggregateExpr():
            by = frozenset(node.modifier.labels) if node.modifier else frozenset[str]()
            return _within(node.expr, by or grouped)
        case promql_parser.Call():
            return [one for each in node.args for one in _within(each, grouped)]
        case promql_parser.BinaryExpr():
            return [*_within(node.lhs, grouped), *_within(node.rhs, grouped)]
        case promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            return _within(node.expr, grouped)
        case _:
            return []
