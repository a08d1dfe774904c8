"""Keys of programs: how one is made and recognised, and what each scope lets a program do.

A key is ``alongside_``, 40 random characters and a checksum of 6: a scanner finds one that leaked
(``alongside_[0-9A-Za-z]{46}``) and can tell it from a look-alike without asking us.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zlib import crc32

PREFIX: Final = "alongside_"
NAME: Final = r"^[a-z][a-z0-9-]{2,39}$"
_CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM, _CHECK = 40, 6


@dataclass(frozen=True)
class Scope:
    """The actions of a scope. `of_teams`: it reaches rows of the program's teams alone, so the program needs one."""

    actions: frozenset[str]
    of_teams: bool = True


# The whole list. A program decides nothing about care: no action here is a decision, an approval or one of two people.
SCOPES: Final = {
    "inbound_mail": Scope(frozenset({"mail.receive"})),
    "accounts": Scope(frozenset({"member.state"})),
    "directory": Scope(frozenset({"directory.read"}), of_teams=False),
    "monitoring": Scope(frozenset({"operations.read", "operations.watch"}), of_teams=False),
    "service_answers": Scope(
        frozenset({"directory.read", "referral.read", "referral.move", "referral.question"}),
    ),
}
# A program with this scope is one service's own: it sees that service's referrals, and has no other scope.
OF_A_SERVICE: Final = "service_answers"


def granted(scopes: Iterable[str], action: str) -> bool:
    """Return whether one of these scopes allows the action. A scope that is not known here allows nothing."""
    return any(action in SCOPES[scope].actions for scope in scopes if scope in SCOPES)


def new_key() -> str:
    """Return a new key."""
    random = "".join(secrets.choice(_CHARACTERS) for _ in range(_RANDOM))
    return PREFIX + random + _checksum(random)


def is_key(text: str) -> bool:
    """Return whether the text has the form of a key and its checksum is right."""
    body = text.removeprefix(PREFIX)
    if len(body) != _RANDOM + _CHECK or body == text or not (body.isascii() and body.isalnum()):
        return False
    return _checksum(body[:_RANDOM]) == body[_RANDOM:]


def _checksum(random: str) -> str:
    number, found = crc32(random.encode()), ""
    for _ in range(_CHECK):
        number, place = divmod(number, len(_CHARACTERS))
        found = _CHARACTERS[place] + found
    return found
