"""Who is acting, and the correlation id that follows one act through every process."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from shared.access.roles import Role
from shared.ids import new_id

_correlation: ContextVar[str] = ContextVar("correlation", default="")


def correlation() -> str:
    """The correlation id of the current act; one is made when there is none yet."""
    current = _correlation.get()
    if not current:
        current = str(new_id())
        _correlation.set(current)
    return current


def correlated() -> str:
    """The correlation id of the current act, empty when it has none."""
    return _correlation.get()


def set_correlation(correlation_id: str) -> None:
    """Carry on under this correlation id in the current task (empty: forget it)."""
    _correlation.set(correlation_id)


@dataclass(frozen=True)
class Actor:
    """Somebody, or a part of ours, on whose behalf a transaction runs; there is none without."""

    user_id: str
    role: Role
    teams: tuple[UUID, ...]
    correlation_id: str = field(default_factory=correlation)

    @classmethod
    def service(cls, name: str) -> "Actor":
        """The actor for activities, handlers and sweeps of the service ``name``: acts for every team."""
        return cls(user_id=f"service:{name}", role=Role.SERVICE, teams=())

    @property
    def every_team(self) -> bool:
        """True for our own services, which no team filter holds back."""
        return self.role is Role.SERVICE

    def in_team(self, team_id: UUID) -> bool:
        """True when rows of this team are this actor's to see."""
        return self.every_team or team_id in self.teams
