"""The actor of a transaction, and the correlation id that follows one action through every process."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from shared.access.roles import Role
from shared.ids import new_id

_correlation: ContextVar[str] = ContextVar("correlation", default="")
_program: ContextVar[str] = ContextVar("program", default="")


def correlation() -> str:
    """Return the correlation id of the current action; make one when there is none yet."""
    current = _correlation.get()
    if not current:
        current = str(new_id())
        _correlation.set(current)
    return current


def correlated() -> str:
    """Return the correlation id of the current action, empty when it has none."""
    return _correlation.get()


def set_correlation(correlation_id: str) -> None:
    """Set the correlation id of the current task (empty: clear it)."""
    _correlation.set(correlation_id)


def program() -> str:
    """Return the name of the program whose request is being answered, empty when it is nobody's."""
    return _program.get()


def set_program(name: str) -> None:
    """Set the name of the program of the current task (empty: clear it)."""
    _program.set(name)


@dataclass(frozen=True)
class Actor:
    """The person or program on whose behalf a transaction runs; every transaction has one."""

    user_id: str
    role: Role
    teams: tuple[UUID, ...]
    correlation_id: str = field(default_factory=correlation)
    # Of a program with a key: what it may do. None of everybody else.
    scopes: frozenset[str] | None = None

    @classmethod
    def service(cls, name: str) -> "Actor":
        """Return the actor of the service ``name`` for activities, handlers and sweeps; it acts for every team."""
        return cls(user_id=f"service:{name}", role=Role.SERVICE, teams=())

    @property
    def every_team(self) -> bool:
        """True for our own services, which no team filter holds back."""
        return self.role is Role.SERVICE

    def in_team(self, team_id: UUID) -> bool:
        """Return whether this actor may see rows of this team."""
        return self.every_team or team_id in self.teams
