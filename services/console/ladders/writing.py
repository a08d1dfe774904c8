"""The form of a rule change: its rows, the request body it makes, and the field that shows each error. Pure.

Each row has a number of its own, and `rows` lists the numbers in order, so that removing a row from the middle leaves
the contents of every other field where they are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.console.backend.errors import Refused
from services.console.ladders.words import Json
from services.console.web.form import Form
from services.console.web.words import RUNGS
from shared.http.problems import Wrong

Sent = dict[str, Any]

UNITS = (
    ("working_days", "working days"),
    ("days", "days, weekends too"),
    ("weeks", "weeks"),
    ("months", "months"),
    ("hours", "hours"),
    ("same_day", "the same day (leave the number empty)"),
)
BACK_FROM = (("before_date", "working days before the appointment"),)
PLACES = (
    ("opened", "working days after it begins"),
    ("before", "working days before the time is up"),
    ("half", "when half of the time is gone"),
    ("at", "when the time is up"),
    ("after", "working days after the time is up"),
)
# Shown on a referral as the source of its rule: "ours" alone would mean this project's own rule.
OURS = "ours: "
THE_TEAMS = f"{OURS}the team's own"
LONGEST_WORD = 180
_OURS = ("ask_worker", "tell_supervisor")
_ROW = re.compile(r"ladder\.(\d+)\b")
_MOST_ROWS = 12
MOST = 1000  # the highest number of days that the API parses; its rules set the real limit


@dataclass(frozen=True)
class Row:
    """One step of the form with its initial contents."""

    number: str
    action: str
    when: str
    days: str = ""
    every: str = ""


def actions(clock: Json) -> list[str]:
    """Return the possible steps: when the clock is ours, only asking the worker and informing the supervisor."""
    return [action for action in RUNGS if clock["whose"] == "agency" or action in _OURS]


def units(clock: Json) -> tuple[tuple[str, str], ...]:
    return BACK_FROM if clock["length"]["unit"] == "before_date" else UNITS


def how(clock: Json) -> str:
    """Return which of the three kinds the steps are now: default, off or own."""
    return clock["ladder"] if isinstance(clock["ladder"], str) else "own"


def agreed(clock: Json) -> str:
    """Return the team's explanation of its own rule; empty when there is none."""
    if clock["source_kind"] == "cited" or clock["source"] in ("ours", THE_TEAMS):
        return ""
    return clock["source"].removeprefix(OURS)


def rows_of(clock: Json) -> list[Row]:
    """Return the steps of the current rule as rows, or one new row when there are none."""
    return [
        Row(str(n), step["action"], step["when"], str(step["days"] or ""), str(step["every"] or ""))
        for n, step in enumerate(clock["steps"])
    ] or [_fresh("0", actions(clock)[0])]


def rows_sent(form: Form) -> list[Row]:
    """Return the rows of a form that was sent: decimal numbers, each once."""
    numbers = [one for one in dict.fromkeys(form.all("rows")) if one.isascii() and one.isdecimal() and len(one) < 4]
    return [
        Row(n, *(form.text(f"ladder.{n}.{name}") for name in ("action", "when", "days", "every")))
        for n in numbers[:_MOST_ROWS]
    ]


def pressed(rows: Sequence[Row], press: str, clock: Json) -> list[Row]:
    """Return the rows after pressing "add" or "remove-3"."""
    kept = [row for row in rows if press != f"remove-{row.number}"]
    if press != "add":
        return kept
    used = {row.action for row in rows}
    free = next((action for action in actions(clock) if action not in used), actions(clock)[0])
    return [*kept, _fresh(str(max((int(row.number) for row in rows), default=-1) + 1), free)]


def _fresh(number: str, action: str) -> Row:
    return Row(number, action, "after")


# -- the request body


def asked(form: Form) -> Sent:
    """Return the change as the API accepts it. Raises Refused with every field that is invalid."""
    if form.ticked("as_default"):
        return {"as_default": True}
    wrong: list[Wrong] = []
    sent: Sent = {"length": _length(form, wrong), "ladder": _ladder(form, wrong), **_source(form, wrong)}
    if sent["ladder"] == "off":
        sent["off_reason"] = form.text("off_reason")
        if not sent["off_reason"]:
            wrong.append(Wrong("off_reason", "missing", "say why there are no automatic steps"))
    if wrong:
        raise Refused.fields(wrong)
    return sent


def _source(form: Form, wrong: list[Wrong]) -> Sent:
    if form.text("source_kind") == "cited":
        if not form.text("source"):
            wrong.append(Wrong("source", "missing", "say which one"))
        return {"source_kind": "cited", "source": form.text("source")}
    said = form.text("agreed")
    if len(said) > LONGEST_WORD:
        wrong.append(Wrong("agreed", "too_long", f"must be at most {LONGEST_WORD} characters"))
    return {"source_kind": "ours", "source": f"{OURS}{said}" if said else THE_TEAMS}


def _length(form: Form, wrong: list[Wrong]) -> Sent:
    unit, text = form.text("length.unit"), form.text("length.n")
    if unit == "same_day":
        if text:
            wrong.append(Wrong("length.n", "not_counted", "leave it empty for the same day"))
        return {"n": 0, "unit": unit}
    return {"n": _number(form, "length.n", wrong, "how long, for example 5"), "unit": unit}


def _ladder(form: Form, wrong: list[Wrong]) -> str | list[Sent]:
    way = form.text("how")
    if way in ("default", "off"):
        return way
    rows = rows_sent(form)
    if not rows:
        wrong.append(Wrong("how", "missing", "add a step, or choose that nothing happens"))
    return [_rung(form, row, wrong) for row in rows]


def _rung(form: Form, row: Row, wrong: list[Wrong]) -> Sent:
    where = f"ladder.{row.number}"
    rung: Sent = {"action": row.action, "when": row.when, "days": 0}
    if row.when in ("half", "at"):
        if row.days:
            wrong.append(Wrong(f"{where}.days", "not_counted", "leave it empty: this step stands at a time of its own"))
    else:
        rung["days"] = _number(form, f"{where}.days", wrong, "how many working days, for example 2")
    if row.every:
        rung["every"] = _number(form, f"{where}.every", wrong, "after how many working days, or leave it empty")
    return rung


def _number(form: Form, name: str, wrong: list[Wrong], example: str) -> int:
    found = form.number(name)
    if not found:
        wrong.append(Wrong(name, "malformed", f"say {example}"))
    elif found > MOST:
        wrong.append(Wrong(name, "too_long", "is far too long"))
    return found or 0


def at_its_row(refused: Refused, form: Form) -> Refused:
    """Return the API's errors at the fields of this form: the API counts steps, the form names rows."""
    rows, ours = rows_sent(form), form.text("source_kind") != "cited"

    def named(one: Wrong) -> Wrong:
        if one.field == "source" and ours:
            return replace(one, field="agreed")
        if one.field == "ladder":
            return replace(one, field="how")
        row = _ROW.match(one.field)
        if row is None or int(row[1]) >= len(rows):
            return one
        return replace(one, field=_ROW.sub(f"ladder.{rows[int(row[1])].number}", one.field, count=1))

    return Refused(refused.status, refused.detail, [named(one) for one in refused.errors], refused.body)


def same(clock: Json, sent: Sent) -> bool:
    """Return whether the change leaves the rule as it is."""
    if sent.get("as_default"):
        return bool(clock["as_default"])
    return (
        clock["length"] == sent["length"]
        and clock["source_kind"] == sent["source_kind"]
        and (clock["source"] == sent["source"] or (clock["source"], sent["source"]) == ("ours", THE_TEAMS))
        and clock["off_reason"] == sent.get("off_reason", "")
        and _comparable(clock["ladder"]) == _comparable(sent["ladder"])
    )


def _comparable(ladder: str | Sequence[Json]) -> object:
    if isinstance(ladder, str):
        return ladder
    return {(rung["action"], rung["when"], rung.get("days") or 0, rung.get("every")) for rung in ladder}
