"""The links of the header, by role."""

from dataclasses import dataclass

from shared.access.roles import Role

W, C, S, G = Role.WORKER, Role.CLINICIAN, Role.SUPERVISOR, Role.GUARDIAN

_LINKS: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("Today", "/today", frozenset({W, C, S, G})),
    ("People", "/people", frozenset({W, C, S, G})),
    ("Board", "/board", frozenset({W, C, S, G})),
    ("Emails", "/mails", frozenset({W, C, S, G})),
    ("If nobody replies", "/ladders", frozenset({W, C, S, G})),
    ("Directory", "/contact-changes", frozenset({W, C, S})),
    ("Counts", "/counts", frozenset({W, C, S, G, Role.COMMISSIONER})),
    ("Links", "/partner-links", frozenset({G})),
    ("Accounts", "/account-changes", frozenset({G})),
    ("Staff and teams", "/admin", frozenset({Role.ADMIN})),
    ("Bank holidays", "/bank-holidays", frozenset({Role.ADMIN})),
)
_HOMES = {S: "/board", Role.ADMIN: "/admin", Role.COMMISSIONER: "/account"}


@dataclass(frozen=True)
class Link:
    text: str
    href: str
    here: bool


def links_for(role: Role | None, path: str) -> list[Link]:
    """Return the header's links for this role; `here` on the one this page belongs to."""
    return [
        Link(text, href, path == href or path.startswith(f"{href}/")) for text, href, roles in _LINKS if role in roles
    ]


def home_of(role: Role | None) -> str:
    """Return the start page of this role."""
    return "/sign-in" if role is None else _HOMES.get(role, "/today")
