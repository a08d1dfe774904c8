"""The fields that a form sent: plain, read once, never trusted."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from urllib.parse import parse_qsl
from uuid import UUID

from services.console.web.sent import CAME_BACK
from services.console.web.when import DAY_EXAMPLE, TIME_EXAMPLE, Unclear, read_day, read_time
from shared import clock
from shared.clock import LONDON
from shared.http.problems import Wrong, problem
from shared.text import TEXT_LENGTH, clean, pasted

MOST_FIELDS = 2000
# The key of a form, and the key that replaces it when this form is meant in addition to what was sent before.
ONCE, AS_WELL = "once", "as_well"
# The prefix of the key of a form that replaces what was sent before.
INSTEAD = "instead-"
# Ours, in every form: never part of what a page asked for.
OURS = frozenset({"csrf", ONCE, AS_WELL, CAME_BACK})
# In forms whose contents may be shown on no page but their own.
SEALED = "sealed"


class Form:
    """The fields of one POST. An absent field reads as empty, as a browser sends an empty one."""

    def __init__(self, fields: Mapping[str, list[str]] | None = None) -> None:
        self._fields = dict(fields or {})

    @classmethod
    def read(cls, body: bytes) -> "Form":
        """Return the fields of a body. Raises a 400 problem for a body that is no form."""
        fields: dict[str, list[str]] = {}
        try:
            pairs = parse_qsl(
                body.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MOST_FIELDS,
            )
        except (ValueError, UnicodeError):
            raise problem(400, "This form could not be read. Go back, reload and try again.") from None
        for name, value in pairs:
            secret = "password" in name or name == "again"
            fields.setdefault(name, []).append(value if secret else pasted(value))
        return cls(fields)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def items(self) -> Iterator[tuple[str, str]]:
        """Yield every field but our own, in order, to show a form again as it was sent."""
        for name, values in self._fields.items():
            if name not in OURS:
                yield from ((name, value) for value in values)

    def written(self) -> list[str]:
        """Return what somebody typed or chose, to be shown beside what another has changed meanwhile."""
        return [value for name, value in self.items() if value.strip() and name not in ("version", SEALED)]

    @property
    def secret(self) -> bool:
        """Return whether another page may keep nothing of the form: it holds a password, or something sealed."""
        return SEALED in self._fields or any("password" in name for name in self._fields)

    def text(self, name: str) -> str:
        """Return a field, trimmed."""
        return self.raw(name).strip()

    def raw(self, name: str) -> str:
        """Return a field as it was sent, for passwords."""
        values = self._fields.get(name)
        return values[0] if values else ""

    def optional(self, name: str) -> str | None:
        """Return a field, or None when it was left empty: leave it out of what a service is sent."""
        return self.text(name) or None

    def all(self, name: str) -> list[str]:
        """Return the values, but empty ones, of a field with several (ticked boxes, inputs with one name)."""
        return [value.strip() for value in self._fields.get(name, []) if value.strip()]

    def beneath(self, prefix: str) -> "Form":
        """Return the fields whose names begin with this prefix, without it: one of several of a kind."""
        return Form(
            {name.removeprefix(prefix): values for name, values in self._fields.items() if name.startswith(prefix)}
        )

    def lines(self, name: str) -> list[str]:
        """Return the lines of a text area with one thing on each line."""
        return [line.strip() for line in self.raw(name).splitlines() if line.strip()]

    def ticked(self, name: str) -> bool:
        """Return whether a single box was ticked."""
        return bool(self.text(name))

    @property
    def date_confirmed(self) -> dict[str, bool]:
        """Return the confirmation of a date for the service that asked, if the box of `date_is_right` is ticked."""
        return {"confirm_date": True} if self.ticked("confirm_date") else {}

    def uuid(self, name: str) -> UUID | None:
        """Return an id that our own page put there; None when it is absent or was tampered with."""
        return _uuid(self.text(name))

    @property
    def once(self) -> UUID | None:
        """Return the key of this form: what was done under it is not done again."""
        return _uuid(self.text(AS_WELL).removeprefix(INSTEAD)) or self.uuid(ONCE)

    @property
    def replaces(self) -> UUID | None:
        """Return the key of the earlier form that this one replaces, if it does."""
        return self.uuid(ONCE) if self.text(AS_WELL).startswith(INSTEAD) else None

    def go_by(self, key: UUID) -> None:
        """Use the key under which this form was sent before."""
        self._fields[ONCE] = [str(key)]

    def number(self, name: str) -> int | None:
        text = self.text(name)
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None

    @property
    def version(self) -> int | None:
        """Return the version of what the page showed, for If-Match."""
        return self.number("version")

    def day(self, name: str, *, ahead: bool | None = None, today: date | None = None) -> date | None:
        """Return a date typed into `fields.day(name)`; None when it was left empty. Raises BadField.

        `ahead`: whether the day is in the future (True) or the past (False); only then the name of a weekday is enough.
        `today`: the day on which it was written, if not today.
        """
        parts = {part: self.text(f"{name}-{part}") for part in ("day", "month", "year")}
        try:
            return read_day(parts, today or clock.local_date(clock.now()), ahead=ahead)
        except Unclear as unclear:
            raise BadField(name, str(unclear)) from None

    def through(self, name: str) -> datetime | None:
        """Return the end, in London, of a day typed into `fields.day(name)`: what ends then includes that day."""
        last = self.day(name)
        return None if last is None else datetime.combine(last, time(23, 59), tzinfo=LONDON)

    def moment(self, name: str, *, ahead: bool | None = None, today: date | None = None) -> datetime | None:
        """Return a date and time typed into `fields.moment(name)`, of London. Raises BadField with each error."""
        typed = self.text(f"{name}-time")
        wrong: list[Wrong] = []
        day = at = None
        try:
            day = self.day(name, ahead=ahead, today=today)
        except BadField as unclear:
            wrong += unclear.errors
        try:
            at = read_time(typed) if typed else None
        except Unclear as unclear:
            wrong.append(Wrong(f"{name}-time", "malformed", str(unclear)))
        if not wrong and day is None and at is None:
            return None
        if not wrong and day is None:
            wrong.append(Wrong(name, "missing", f"type the date too, {DAY_EXAMPLE}"))
        if not wrong and at is None:
            wrong.append(Wrong(f"{name}-time", "missing", f"type the time too, {TIME_EXAMPLE}"))
        if day is None or at is None or wrong:
            raise BadField.of(wrong)
        meant = datetime.combine(day, at, tzinfo=LONDON)
        if meant.astimezone(UTC).astimezone(LONDON).time() != at:
            raise BadField(
                f"{name}-time", "the clocks go forward that night and leave this hour out; type another time"
            )
        return meant

    def instant(self, name: str) -> str | None:
        """Return a date and time typed into `fields.moment(name)`, as a service accepts it."""
        found = self.moment(name)
        return found.isoformat() if found else None


class BadField(Exception):
    """A field with an invalid value, found before any service was called."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field)
        self.errors = [Wrong(field, "malformed", message)]

    @classmethod
    def of(cls, errors: list[Wrong]) -> "BadField":
        """Return one exception for several errors, so that people can mend a form in one go."""
        bad = cls(errors[0].field, errors[0].message)
        bad.errors = errors
        return bad

    @property
    def wrong(self) -> Wrong:
        """Return the first of the errors."""
        return self.errors[0]


def unfit(text: str) -> str | None:
    """Return why any service would refuse this text. A form in steps shows it at the step, before any call."""
    try:
        clean(text, TEXT_LENGTH, lines=True)
    except ValueError as error:
        return str(error)
    return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
