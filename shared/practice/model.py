"""The model of clocks and ladders: plain frozen data, validated when it is read.

A team's own rules are stored by the services in the same form (`clock_as_json`, `clock_from_json`), each change as a
new version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, cast, get_args

Unit = Literal["working_days", "days", "weeks", "months", "hours", "same_day", "before_date"]
Kind = Literal["stage", "span"]
Whose = Literal["agency", "us", "nobody"]
SourceKind = Literal["ours", "cited"]
RunsOn = Literal["working_days", "every_day"]
Action = Literal[
    "remind_agency",
    "ask_worker",
    "tell_supervisor",
    "ask_supervisor_to_ring",
    "offer_alternative",
    "case_conference",
]
When = Literal["opened", "before", "half", "at", "after"]

# From the mildest to the strongest.
ACTIONS: tuple[Action, ...] = get_args(Action)

_UNIT_WORDS: dict[Unit, tuple[str, str]] = {
    "working_days": ("working day", "working days"),
    "days": ("day", "days"),
    "weeks": ("week", "weeks"),
    "months": ("month", "months"),
    "hours": ("hour", "hours"),
}


class PracticeError(ValueError):
    """A rule that cannot be used; the message names the row, the field and what is allowed."""


@dataclass(frozen=True)
class Length:
    """How long a clock runs. `same_day` has n=0; `before_date` counts n working days back from a recorded date."""

    n: int
    unit: Unit

    def words(self) -> str:
        """Return the length for people: "5 working days", "1 month", "the same day"."""
        if self.unit == "same_day":
            return "the same day"
        if self.unit == "before_date":
            return f"{self.n} working day{'' if self.n == 1 else 's'} before"
        one, many = _UNIT_WORDS[self.unit]
        return f"{self.n} {one if self.n == 1 else many}"


@dataclass(frozen=True)
class Rung:
    """One step of a ladder: its action, and its place.

    `when` and `days` (working days) place the step: so many after the clock `opened`, `before` it runs out, `at` its
    end, `after` its end, or at `half` of it. `every` repeats the step at that many working days.
    """

    action: Action
    when: When
    days: int = 0
    every: int | None = None


@dataclass(frozen=True)
class Clock:
    """How long a state may last (stage; `from_event` is the state), or one event may take to follow another (span).

    `starts_when` names the recorded date from which the clock starts; without that date it does not run. `else_whose`
    holds the clock when the agency may not tell us what it asks for. `untold` marks the clock of an appointment of
    which the person is not informed. `length` is None only where no clock runs, and then `off_reason` says why.
    `in_force_from` and `in_force_until` are both inclusive; None is open-ended.
    """

    key: str
    name: str
    kind: Kind
    pathway: str
    from_event: str
    to_event: str
    asks: str
    whose: Whose
    length: Length | None
    source: str
    source_kind: SourceKind
    starts_when: str | None = None
    else_whose: Whose | None = None
    untold: bool = False
    runs_on: RunsOn = "working_days"
    ladder: Literal["default", "off"] | tuple[Rung, ...] = "default"
    off_reason: str = ""
    in_force_from: date | None = None
    in_force_until: date | None = None
    version: int = 1

    def in_force(self, on: date) -> bool:
        return (self.in_force_from is None or self.in_force_from <= on) and (
            self.in_force_until is None or on <= self.in_force_until
        )

    def rule(self) -> str:
        """Return the rule in words: "reply clock, 5 working days"."""
        return f"{self.name}, {self.length.words()}" if self.length else self.name


@dataclass(frozen=True)
class Off:
    """The deliberate absence of a clock, with its reason."""

    reason: str


def _one_of(row: Mapping[str, Any], field: str, allowed: object, where: str, default: Any = None) -> Any:
    value = row.get(field, default)
    choices = get_args(allowed)
    if value not in choices:
        raise PracticeError(f"{where}: {field} must be one of {', '.join(choices)}, got {value!r}")
    return value


def _text(row: Mapping[str, Any], field: str, where: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not value.strip():
        raise PracticeError(f"{where}: {field} must be a text that is not empty, got {value!r}")
    return value


def _whole(row: Mapping[str, Any], field: str, where: str, least: int, default: int = 0) -> int:
    value = row.get(field, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise PracticeError(f"{where}: {field} must be a whole number of {least} or more, got {value!r}")
    return value


def _date(row: Mapping[str, Any], field: str, where: str) -> date | None:
    value = row.get(field)
    try:
        return None if value is None else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise PracticeError(f"{where}: {field} must be a date like 2017-01-01 or null, got {value!r}") from None


def rung_from_json(row: Mapping[str, Any], where: str = "rung") -> Rung:
    action: Action = _one_of(row, "action", Action, where)
    where = f"{where} {action}"
    when: When = _one_of(row, "when", When, where)
    days = _whole(row, "days", where, 1 if when in ("opened", "before", "after") else 0)
    every = None if row.get("every") is None else _whole(row, "every", where, 1)
    return Rung(action, when, days, every)


def ladder_from_json(rows: object, where: str = "ladder") -> tuple[Rung, ...]:
    """Read and check a list of rungs; each action occurs at most once, because fired steps are identified by action."""
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not rows:
        raise PracticeError(f"{where}: a ladder is a list of at least one rung; to have none, set it off")
    items = cast(Sequence[Any], rows)
    rungs = tuple(rung_from_json(item, f"{where}[{place}]") for place, item in enumerate(items))
    if len({rung.action for rung in rungs}) != len(rungs):
        raise PracticeError(f"{where}: each action may stand on a ladder once; repeat it with `every`")
    return rungs


def clock_from_json(row: Mapping[str, Any]) -> Clock:
    """Read and check one clock. Raise PracticeError, which names the row and the field."""
    key = _text(row, "key", "clock")
    where = f"clock {key}"
    length = None
    if row.get("length") is not None:
        measure = row["length"]
        if not isinstance(measure, Mapping):
            raise PracticeError(f"{where}: length must be an object with n and unit, got {measure!r}")
        measure = cast(Mapping[str, Any], measure)
        unit: Unit = _one_of(measure, "unit", Unit, where)
        length = Length(_whole(measure, "n", where, 0 if unit == "same_day" else 1), unit)
    given = row.get("ladder", "default")
    ladder = given if given in ("default", "off") else ladder_from_json(given, f"{where}: ladder")
    off_reason = row.get("off_reason") or ""
    if (length is None or ladder == "off") and not off_reason.strip():
        raise PracticeError(f"{where}: off_reason must say why no clock runs or nothing happens")
    if length is None and ladder != "off":
        raise PracticeError(f"{where}: without a length the ladder must be off")
    every_day = length is not None and length.unit in ("days", "weeks", "months", "hours", "same_day")
    start, end = _date(row, "in_force_from", where), _date(row, "in_force_until", where)
    if start and end and end < start:
        raise PracticeError(f"{where}: in_force_until must not be before in_force_from")
    else_whose = None if row.get("else_whose") is None else _one_of(row, "else_whose", Whose, where)
    return Clock(
        key=key,
        name=_text(row, "name", where),
        kind=_one_of(row, "kind", Kind, where),
        pathway=_text(row, "pathway", where),
        from_event=_text(row, "from_event", where),
        to_event=_text(row, "to_event", where),
        asks=_text(row, "asks", where),
        whose=_one_of(row, "whose", Whose, where),
        length=length,
        source=_text(row, "source", where),
        source_kind=_one_of(row, "source_kind", SourceKind, where),
        starts_when=None if row.get("starts_when") is None else _text(row, "starts_when", where),
        else_whose=else_whose,
        untold=bool(row.get("untold", False)),
        runs_on=_one_of(row, "runs_on", RunsOn, where, "every_day" if every_day else "working_days"),
        ladder=cast(Any, ladder),
        off_reason=off_reason,
        in_force_from=start,
        in_force_until=end,
        version=_whole(row, "version", where, 1, default=1),
    )


def clock_as_json(clock: Clock) -> dict[str, Any]:
    """Return the row that `clock_from_json` reads back to an equal clock."""
    ladder: object = clock.ladder
    if isinstance(clock.ladder, tuple):
        ladder = [{"action": r.action, "when": r.when, "days": r.days, "every": r.every} for r in clock.ladder]
    return {
        "key": clock.key,
        "name": clock.name,
        "kind": clock.kind,
        "pathway": clock.pathway,
        "from_event": clock.from_event,
        "to_event": clock.to_event,
        "asks": clock.asks,
        "whose": clock.whose,
        "length": None if clock.length is None else {"n": clock.length.n, "unit": clock.length.unit},
        "source": clock.source,
        "source_kind": clock.source_kind,
        "starts_when": clock.starts_when,
        "else_whose": clock.else_whose,
        "untold": clock.untold,
        "runs_on": clock.runs_on,
        "ladder": ladder,
        "off_reason": clock.off_reason,
        "in_force_from": clock.in_force_from.isoformat() if clock.in_force_from else None,
        "in_force_until": clock.in_force_until.isoformat() if clock.in_force_until else None,
        "version": clock.version,
    }
