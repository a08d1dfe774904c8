"""The ledger of everything that the services have accepted, which must be neither lost nor doubled."""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from uuid import UUID

from deploy.chaos.truth.found import Finding, compare, doubled, lost
from deploy.chaos.truth.reading import rows
from deploy.stack import Stack

# Service and table of each kind of accepted row.
TABLES = {
    "people": ("intake", "people"),
    "consents": ("intake", "consents"),
    "contacts": ("intake", "contacts"),
    "cases": ("casework", "cases"),
    "plans": ("casework", "plans"),
    "referrals": ("referrals", "referrals"),
    "emails": ("referrals", "mails"),
}


@dataclass
class Ledger:
    """Accepted ids by kind, and how often each move of each referral was accepted as new."""

    accepted: dict[str, list[str]] = field(default_factory=lambda: {name: list[str]() for name in TABLES})
    tasks_done: set[str] = field(default_factory=set[str])
    answers: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    def add(self, what: str, key: str) -> str:
        """Record an accepted id and return it."""
        self.accepted[what].append(key)
        return key

    def become(self, other: "Ledger") -> None:
        """Replace the contents by those of another ledger, as after the restore of an older database."""
        self.accepted, self.tasks_done, self.answers = other.accepted, other.tasks_done, other.answers

    def copy(self) -> "Ledger":
        return deepcopy(self)

    def counts(self) -> dict[str, int]:
        """Count the accepted ids of each kind."""
        found = {name: len(set(keys)) for name, keys in self.accepted.items()}
        return {**found, "answers": self.answers.total(), "tasks done": len(self.tasks_done)}


async def compared(ledger: Ledger, stack: Stack, team: UUID) -> list[Finding]:
    """Compare the ledger with the team's rows; return what is lost or doubled."""
    wrong: list[Finding] = []
    for what, (service, table) in TABLES.items():
        found = await rows(stack, service, f"SELECT id FROM {table} WHERE team_id = %s", team)
        wrong += compare(f"{service}.{table}", set(ledger.accepted[what]), [row["id"] for row in found])
    done = await rows(stack, "casework", "SELECT id FROM tasks WHERE team_id = %s AND status = 'done'", team)
    wrong += [
        lost(f"task {key} was accepted as done") for key in sorted(ledger.tasks_done - {str(row["id"]) for row in done})
    ]
    moves = await rows(
        stack,
        "referrals",
        "SELECT referral_id, move, count(*) AS times FROM referral_moves WHERE team_id = %s"
        " AND channel IN ('phone', 'link') GROUP BY referral_id, move",
        team,
    )
    made = {(str(row["referral_id"]), row["move"]): row["times"] for row in moves}
    for (referral, move), times in sorted(ledger.answers.items()):
        there = made.get((referral, move), 0)
        if there < times:
            wrong.append(lost(f"{move} of referral {referral}: {times} accepted, {there} there"))
        if there > times:
            wrong.append(doubled(f"{move} of referral {referral}: {times} accepted, {there} there"))
    return wrong
