"""The checkpoints of the demo, each with practice time and what was observed."""

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
    """The demo observed something else than the care rule requires."""


class Checkpoints:
    """The checkpoints that have run; `run` takes them in their order and prints each."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.seen: list[Checkpoint] = []

    async def run(self, name: str, story: str, step: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        """Run one step. Raise CheckpointFailed after a failure is recorded."""
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
