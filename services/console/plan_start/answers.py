"""The answers given so far: every step carries the answers of all others in hidden fields. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args
from uuid import UUID

from services.console.backend.errors import Refused
from services.console.web.form import BadField, Form, unfit

Step = Literal["goals", "referrals", "preview"]
STEPS: Final[tuple[Step, ...]] = get_args(Step)
MAY_BE_SKIPPED: Final[frozenset[Step]] = frozenset({"referrals"})
MOST_REFERRALS: Final = 10
ASKED: Final = "ask."
"""The prefix of the fields of one first referral; the service's id follows."""

# The fields that a step shows itself; all others are carried in hidden fields.
_ITS_OWN: Final[dict[Step, tuple[str, ...]]] = {
    "goals": ("goals", "phase", "cadence_days"),
    "referrals": (ASKED, "q", "pathway"),
    "preview": (),
}
# Set anew by every page, or meant only for the press that sent it.
_NOT_CARRIED: Final = frozenset({"person", "step", "to", "add", "drop", "cursor", "service", "skipped"})


@dataclass(frozen=True)
class Answers:
    """The form as sent, with the chosen services and the skipped steps."""

    form: Form
    services: Sequence[str]
    skipped: frozenset[str]

    @classmethod
    def read(cls, form: Form) -> "Answers":
        return cls(
            form,
            [one for one in dict.fromkeys(form.all("service")) if _is_id(one)],
            frozenset(form.all("skipped")) & MAY_BE_SKIPPED,
        )

    def adding(self, service_id: str) -> "Answers":
        """Return the answers with one more service. Raises BadField when there are too many."""
        if not _is_id(service_id) or service_id in self.services:
            return self
        if len(self.services) >= MOST_REFERRALS:
            raise BadField("q", f"at most {MOST_REFERRALS} to begin with; write the others on the plan's page")
        return replace(self, services=[*self.services, service_id])

    def dropping(self, service_id: str) -> "Answers":
        return replace(self, services=[one for one in self.services if one != service_id])

    def skipping(self, step: Step) -> "Answers":
        """Return the answers with a step skipped; its fields are still carried, in case the worker comes back."""
        return replace(self, skipped=self.skipped | {step})

    def taking(self, step: Step) -> "Answers":
        return replace(self, skipped=self.skipped - {step})

    def carried(self, step: Step) -> list[tuple[str, str]]:
        """Return the fields that the page of this step carries beside its own."""
        own = _ITS_OWN[step]
        rest = [(name, value) for name, value in self.form.items() if not (name in _NOT_CARRIED or _is(name, own))]
        chosen = [("service", one) for one in self.services]
        return [*rest, *chosen, *(("skipped", one) for one in sorted(self.skipped))]

    # -- the answers

    @property
    def goals(self) -> list[str]:
        """Return the goals. Raises BadField."""
        goals = self.form.lines("goals")
        if not goals:
            raise BadField("goals", "write at least one thing the person wants")
        if len(goals) > 20:
            raise BadField("goals", "at most 20; others can be added to the plan later")
        for goal in goals:
            if message := unfit(goal):
                raise BadField("goals", message)
        return goals

    @property
    def cadence(self) -> dict[str, Any]:
        """Return phase and days as casework accepts them. Raises BadField."""
        days = self.form.number("cadence_days")
        if self.form.text("cadence_days") and days is None:
            raise BadField("cadence_days", "must be a whole number of days, for example 7")
        return {"phase": self.form.text("phase") or "transition", "cadence_days": days}

    @property
    def referred(self) -> Sequence[str]:
        """Return the services to refer to; none when the step is skipped."""
        return () if "referrals" in self.skipped else self.services

    def asked(self, service_id: str) -> Form:
        """Return the fields of one service, named as in the form of a single referral."""
        return self.form.beneath(f"{ASKED}{service_id}.")


def named(step: str) -> Step | None:
    """Return the step of this name, if there is one."""
    for one in STEPS:
        if one == step:
            return one
    return None


def step_of(refused: Refused | BadField) -> Step:
    """Return the first step with an invalid field; the last step when no field of ours is named."""
    for step in STEPS:
        if any(_is(one.field, _ITS_OWN[step]) for one in refused.errors):
            return step
    return "preview"


def _is(name: str, own: tuple[str, ...]) -> bool:
    return any(name == one or (name.startswith(one) and (one.endswith(".") or name[len(one)] == ".")) for one in own)


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
