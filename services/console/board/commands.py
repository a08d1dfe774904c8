"""The commands of the board as forms: name, fields, and the rows each is offered for. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from services.console.backend.client import Json
from services.console.web.form import BadField, Form
from shared.access.roles import Role
from shared.clock import LONDON

Choices = tuple[tuple[str, str], ...]

PAUSES: Final[Choices] = (("custody", "Prison"), ("hospital", "Hospital"), ("away", "Away"))
CLOSING: Final[Choices] = (
    ("goals_met", "Goals met"),
    ("handed_over", "Handed over"),
    ("moved_away", "Moved away"),
    ("said_no", "Said no"),
    ("died", "Died"),
    ("opened_in_error", "Opened in error"),
)
WITHDRAWING: Final[Choices] = (
    ("said_no", "Said no"),
    ("consent_withdrawn", "Consent was withdrawn"),
    ("ours", "Our own decision"),
    ("died", "Died"),
    ("opened_in_error", "Opened in error"),
)
_ACTING: Final = frozenset({Role.WORKER, Role.SUPERVISOR})
_EVENING = time(23, 59)


@dataclass(frozen=True)
class Command:
    """`slug` is its address, `name` casework's word for it. `asks` names its fields, `reasons` the choices of one."""

    slug: str
    name: str
    kind: str
    title: str
    does: str
    button: str
    asks: tuple[str, ...] = ()
    reasons: Choices = ()
    grave: bool = False
    roles: frozenset[Role] = _ACTING
    when: Callable[[Json], bool] = lambda row: True

    def offered(self, row: Json, role: Role) -> bool:
        """Return whether this command applies to this row and is open to this role."""
        return not row["closed"] and self.kind in (row["kind"], "") and role in self.roles and self.when(row)

    def body(self, form: Form) -> Json:
        """Return the request body for casework. Raises BadField."""
        sent: Json = {"command": self.name, "note": form.optional("note"), "seen_at": form.optional("seen_at")}
        if "until" in self.asks and (day := form.day("until")) is not None:
            sent["until"] = datetime.combine(day, _EVENING, tzinfo=LONDON).isoformat()
        if "working_days" in self.asks:
            if (days := form.number("working_days")) is None:
                raise BadField("working_days", "must be a whole number, for example 5")
            sent["working_days"] = days
        if self.reasons:
            sent["reason"] = form.optional("reason")
        return {name: value for name, value in sent.items() if value is not None}


COMMANDS: Final = (
    Command(
        "on-it", "acknowledge", "referral", "We are on it",
        "Reminders are paused until the date you give. Then they start again.",
        "We are on it", ("until",),
    ),
    Command(
        "more-days", "extend", "referral", "Give more days",
        "Every later step moves back by as many working days.", "Give more days", ("working_days",),
    ),
    Command(
        "next-step", "escalate_now", "referral", "Take the next step now",
        "The next automatic step happens now.", "Take it now",
    ),
    Command(
        "look-elsewhere", "offer_alternative", "referral", "Look elsewhere",
        "The worker is asked to find another service. This referral stays open.", "Look elsewhere",
    ),
    Command(
        "withdraw", "withdraw", "referral", "Withdraw the referral",
        "It ends. We only ask the service not to contact the person about it.",
        "Withdraw it", ("reason",), WITHDRAWING, grave=True,
    ),
    Command(
        "pause", "hold", "plan", "Pause the plan",
        "Reminders are paused during prison, hospital or time away. Without a date we ask again in a week.",
        "Pause it", ("reason", "until"), PAUSES, when=lambda row: row["stage"] != "on_hold",
    ),
    Command(
        "resume", "resume", "plan", "End the pause",
        "We start counting days since last contact today.", "End the pause", when=lambda row: row["stage"] == "on_hold",
    ),
    Command(
        "reviewed", "review", "plan", "The plan was looked at together",
        "The next review counts from today. A worker’s review waits for a signature.", "It was looked at",
    ),
    Command(
        "close", "close", "plan", "Close the plan",
        "The work is over: no task, message or step comes after this.",
        "Close it", ("reason",), CLOSING, grave=True, roles=frozenset({Role.SUPERVISOR}),
    ),
    Command(
        "retry", "retry", "", "Try again",
        "What was refused is tried once more, after it was put right.", "Try again",
        when=lambda row: bool(row["needs_help"]),
    ),
)  # fmt: skip


def offered(row: Json, role: Role) -> list[Command]:
    """Return the commands that apply to this row and are open to this role."""
    return [command for command in COMMANDS if command.offered(row, role)]


def named(slug: str) -> Command | None:
    return next((command for command in COMMANDS if command.slug == slug), None)
