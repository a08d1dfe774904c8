"""What the demo observed: one checkpoint after the other, each with practice time and what was seen."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console

from shared import clock

NAMES = (
    "stack_ready",
    "directory_loaded",
    "person_registered",
    "consent_recorded",
    "plan_started",
    "plan_running",
    "referral_sent",
    "agency_reminded",
    "worker_asked",
    "supervisor_told",
    "stalled_on_board",
    "worker_killed_and_back",
    "agency_replied",
    "escalation_stopped",
    "appointment_booked",
    "person_told",
    "missed_then_rebooked",
    "attended",
    "referral_completed",
    "declined_opens_next_step",
    "plan_reviewed",
    "plan_closed",
    "sent_after_mail_left",
    "called_where_no_address",
    "stack_stopped",
)


@dataclass(frozen=True)
class Checkpoint:
    name: str
    ok: bool
    at: str  # practice time, ISO 8601, never backwards
    detail: dict[str, Any] = field(default_factory=dict[str, Any])


class CheckpointFailed(Exception):
    """What the demo saw was not what the care rule promises."""


class Checkpoints:
    """Runs the demo's steps in their order and tells each as it goes."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.seen: list[Checkpoint] = []

    async def run(self, name: str, story: str, step: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        """Carry out one step. Raises CheckpointFailed once it is written down as not ok."""
        expected = NAMES[len(self.seen)]
        assert name == expected, f"the demo tells {expected} next, not {name}"
        with self.console.status(story):
            try:
                detail = await step()
            except Exception as error:
                self._note(Checkpoint(name, False, self._at(), {"error": f"{type(error).__name__}: {error}"}))
                self.console.print(f"[red]✗[/red] {story}: {error}", highlight=False)
                raise CheckpointFailed(name) from error
        self._note(Checkpoint(name, True, self._at(), detail))
        told = ", ".join(f"{word.replace('_', ' ')} {value}" for word, value in detail.items())
        day = clock.local_date(clock.now()).strftime("%a %d %b %Y")
        self.console.print(f"[green]✓[/green] [dim]{day}[/dim]  {story}" + (f" [dim]({told})[/dim]" if told else ""))

    @property
    def ok(self) -> bool:
        return [checkpoint.name for checkpoint in self.seen if checkpoint.ok] == list(NAMES)

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(checkpoint) for checkpoint in self.seen]

    def _note(self, checkpoint: Checkpoint) -> None:
        self.seen.append(checkpoint)

    def _at(self) -> str:
        return max([clock.now().isoformat(timespec="milliseconds"), *(c.at for c in self.seen[-1:])])
