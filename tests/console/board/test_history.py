"""A decision and what was written beside it, without any service."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.console.board.history import with_notes

NOW = datetime(2030, 1, 16, 9, tzinfo=UTC)


def entry(what: str, who: str = "wanda", minutes: float = 0) -> dict[str, Any]:
    return {"id": what, "what": what, "who": who, "at": (NOW + timedelta(minutes=minutes)).isoformat()}


def note(command: str, by: str = "wanda", minutes: float = 0) -> dict[str, Any]:
    return {"command": command, "by": by, "at": (NOW + timedelta(minutes=minutes)).isoformat(), "note": command}


def test_a_decision_with_a_note_stands_once_where_it_happened() -> None:
    decisions = {
        "hold": "held", "resume": "resumed", "pause": "pause_confirmed", "review": "reviewed", "close": "closed",
        "reassign": "reassigned", "reopen": "reopened", "acknowledge": "acknowledge", "extend": "extend",
    }  # fmt: skip
    facts = [entry("started", minutes=-99), *(entry(fact, minutes=n) for n, fact in enumerate(decisions.values()))]
    found, alone = with_notes(facts, [note(command, minutes=n) for n, command in enumerate(decisions)])
    assert not alone
    assert [one["what"] for one in found] == [one["what"] for one in reversed(facts)], "the newest first"
    assert [one["note"]["note"] for one in found[:-1]] == list(reversed(decisions))
    assert found[-1]["note"] is None


def test_each_note_is_beside_its_own_decision_or_alone() -> None:
    facts = [entry("held", minutes=-500), entry("resumed"), entry("held", minutes=1), entry("held", "susan", 1)]
    notes = [note("hold", minutes=1), note("hold", minutes=-500), note("hold", minutes=-90), note("undone")]
    found, alone = with_notes(facts, notes)
    assert [one["note"] for one in found] == [None, notes[0], None, notes[1]]
    assert alone == notes[2:], "none is lost, and none is put beside another decision"
