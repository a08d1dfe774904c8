"""Pausing the ladder while the agency waits for us: a question of theirs, or an email that nobody has read."""

from datetime import datetime

from services.referrals.clock import service as clocks
from services.referrals.referral.position import Position


def pause(position: Position, at: datetime) -> None:
    """Pause every clock from `at`; a paused referral does not change."""
    if position.referral.paused_since is None:
        position.referral.paused_since = at
        clocks.pause(position.ladder, at)


def resume(position: Position, at: datetime) -> None:
    """Resume the clocks, later by the pause, unless there is another reason to wait."""
    row = position.referral
    if row.paused_since is not None and row.question_since is None and row.mail_since is None:
        clocks.resume(position.ladder, row.paused_since, max(at, row.paused_since))
        row.paused_since = None
