"""The words for acts on an account, and which of them a change consists of."""

WORDS = {
    "opened": "Account opened",
    "renamed": "Name, sign-in name or number changed",
    "role": "Role changed",
    "teams": "Teams changed",
    "link_made": "One-time link made: whoever has it can choose a new password",
    "link_used": "One-time link used: new password, passkeys removed",
    "closed": "Account closed and signed out everywhere",
    "opened_again": "Closed account reopened",
}


def changed(
    before: tuple[str, str, str, str, frozenset[object]], after: tuple[str, str, str, str, frozenset[object]]
) -> list[str]:
    """Return the keys of `WORDS` for what differs between two states: (sign-in name, name, number, role, teams)."""
    named = ["renamed"] if before[:3] != after[:3] else []
    role = ["role"] if before[3] != after[3] else []
    teams = ["teams"] if before[4] != after[4] else []
    return [*named, *role, *teams]
