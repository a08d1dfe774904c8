"""The links of the header, by role."""

from dataclasses import dataclass

from shared.access.roles import Role

W, C, S, G = Role.WORKER, Role.CLINICIAN, Role.SUPERVISOR, Role.GUARDIAN

EVERYBODY = frozenset(Role)
ADMIN, COMMISSIONER = Role.ADMIN, Role.COMMISSIONER

# The first three of a role stand in the header, the rest under More.
_LINKS: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("Today", "/today", frozenset({W, C, S, G})),
    ("People", "/people", frozenset({W, C, S, G})),
    ("Board", "/board", frozenset({W, C, S})),
    ("Accounts", "/account-changes", frozenset({G})),
    ("Board", "/board", frozenset({G})),
    ("Emails", "/mails", frozenset({W, C, S, G})),
    ("If nobody replies", "/ladders", frozenset({W, C, S, G})),
    ("Directory", "/contact-changes", frozenset({W, C, S})),
    ("Counts", "/counts", frozenset({W, C, S, G, COMMISSIONER})),
    ("Links", "/partner-links", frozenset({G})),
    ("Staff", "/admin", frozenset({ADMIN})),
    ("First steps", "/setup", frozenset({ADMIN})),
    ("Help", "/help", EVERYBODY),
    ("Programs", "/programs", frozenset({ADMIN})),
    ("Bank holidays", "/bank-holidays", frozenset({ADMIN})),
)
_FIRST = 3
_HOMES = {S: "/board", ADMIN: "/admin", COMMISSIONER: "/counts"}


@dataclass(frozen=True)
class Link:
    text: str
    href: str
    here: bool


@dataclass(frozen=True)
class Menu:
    """The links of the header: those of every day, and the rest."""

    first: list[Link]
    more: list[Link]


def menu_for(role: Role | None, path: str) -> Menu:
    """Return the header's links for this role; `here` on the one this page belongs to."""
    links = [
        Link(text, href, path == href or path.startswith(f"{href}/")) for text, href, roles in _LINKS if role in roles
    ]
    return Menu(links[:_FIRST], links[_FIRST:])


def home_of(role: Role | None) -> str:
    """Return the start page of this role."""
    return "/sign-in" if role is None else _HOMES.get(role, "/today")
