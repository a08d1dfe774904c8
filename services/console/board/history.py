"""Put the note that was written beside a decision at its entry in what happened to a row. Pure."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from services.console.web.words import instant

Json = Mapping[str, Any]

# What a decision is called once it is a fact; others are called the same.
_AS_FACT: Final = {
    "hold": "held",
    "resume": "resumed",
    "pause": "pause_confirmed",
    "review": "reviewed",
    "reassign": "reassigned",
    "close": "closed",
    "reopen": "reopened",
}
# A note is written with its decision; a fact of another service is recorded a moment later.
_NEAR: Final = timedelta(minutes=10)


def with_notes(timeline: Iterable[Json], notes: Iterable[Json]) -> tuple[list[dict[str, Any]], list[Json]]:
    """Return the entries, the newest first, each with its `note` if it has one, and the notes that belong to none."""
    entries: list[dict[str, Any]] = [{**entry, "note": None} for entry in timeline]
    alone: list[Json] = []
    for note in notes:
        names = {note["command"], _AS_FACT.get(note["command"])}
        away = [
            (abs(instant(entry["at"]) - instant(note["at"])), number)
            for number, entry in enumerate(entries)
            if entry["note"] is None and entry["what"] in names and entry["who"] == note["by"]
        ]
        nearest = min(away, default=None)
        if nearest is None or nearest[0] > _NEAR:
            alone.append(note)
        else:
            entries[nearest[1]]["note"] = note
    return entries[::-1], alone
