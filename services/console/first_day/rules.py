"""List what each role does first, and decide when that is over. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from shared.access.roles import Role

HIDDEN = "hidden"


@dataclass(frozen=True)
class Step:
    """One thing to do first. `href`: the page where it is done."""

    slug: str
    title: str
    why: str
    href: str


_SIGN_IN = Step(
    "passkey", "Add a passkey", "You sign in by your phone's own lock, and need no password.", "/account#passkeys"
)
_NAME = Step(
    "contact-name",
    "Choose the name that services see",
    "Services ask for you by this name. Nobody chooses it for you.",
    "/account/contact-name",
)
_REPLIES = Step(
    "no-reply", "Read what happens if nobody replies", "Reminders and calls come on these days.", "/ladders"
)
_HELP = Step("help", "Read how Alongside works", "One short page for each job. You find it again under More.", "/help")

_CARE = (
    _NAME,
    Step("first-person", "Add your first person", "A name or an alias is enough. You need no address.", "/people/new"),
    Step("today", "Open Today", "Whom to see, whom to ring, and what is overdue.", "/today"),
    _HELP,
    _SIGN_IN,
)
STEPS: dict[Role, tuple[Step, ...]] = {
    Role.WORKER: _CARE,
    Role.CLINICIAN: _CARE,
    Role.SUPERVISOR: (
        Step("board", "Open the board", "Everybody of your team, and what each waits for.", "/board"),
        Step("caseloads", "Look at the caseloads", "Who has room, and who waits for a worker.", "/board/caseloads"),
        _REPLIES,
        _NAME,
        _HELP,
        _SIGN_IN,
    ),
    Role.GUARDIAN: (
        Step("oversight", "Read what was shared without consent", "You say whether you agree.", "/today"),
        Step("accounts", "Check who can sign in", "You are told of every change of an account.", "/account-changes"),
        Step("links", "Read which files are linked", "Guardians alone see who belongs to whom.", "/partner-links"),
        _HELP,
        _SIGN_IN,
    ),
    Role.COMMISSIONER: (
        Step("counts", "Read the counts of a year", "They name nobody, and small numbers are hidden.", "/counts"),
        _HELP,
        _SIGN_IN,
    ),
    Role.ADMIN: (
        Step("setup", "See what is still missing", "Numbers, email and directory, each with what to do.", "/setup"),
        Step("staff", "Add your colleagues", "Each gets a link that works once.", "/admin/staff/new"),
        Step("holidays", "Check the bank holidays", "No deadline counts them.", "/bank-holidays"),
        _HELP,
        _SIGN_IN,
    ),
}


def steps(role: Role) -> tuple[Step, ...]:
    """Return what this role does first."""
    return STEPS.get(role, ())


def is_over(role: Role, opened: Collection[str]) -> bool:
    """Return whether every first step was opened, or all were put away."""
    return HIDDEN in opened or all(step.slug in opened for step in steps(role))
