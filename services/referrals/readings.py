"""The figures of referrals that `alongside status` and `/metrics` share: emails that go out and come in, open rows."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from shared.practice.calendar import local_day
from shared.readings.rows import ASLEEP, Rows, count, recorded

_UNCLAIMED = "SELECT count(*) FROM mails WHERE team_id = '00000000-0000-0000-0000-000000000000'"
_NOT_LEFT = """SELECT count(*), min(due_at), (array_agg(coalesce(why, '') ORDER BY due_at))[1],
       coalesce(max(attempts), 0)
FROM messages WHERE status IN ('waiting', 'sending') AND due_at < %s
"""
_MAILS = """SELECT count(*) FILTER (WHERE status <> 'refused'), min(recorded_at) FILTER (WHERE status <> 'refused'),
       count(*) FILTER (WHERE status = 'refused'), min(recorded_at) FILTER (WHERE status = 'refused')
FROM mails WHERE read_at IS NULL
"""
_IGNORED = "SELECT coalesce(sum(number), 0)::bigint FROM mail_counts WHERE what = 'ignored' AND day >= %s"
_MAILBOX = (
    "SELECT failing_since, why FROM mailbox_states WHERE failing_since IS NOT NULL ORDER BY failing_since LIMIT 1"
)
_OPEN = "SELECT id, recorded_at FROM referrals WHERE state NOT IN ('completed', 'declined', 'withdrawn')"
# Rows are recounted within seconds of a change of bank holidays.
_COUNTED = """SELECT count(*) FROM clock_openings WHERE closed_at IS NULL
AND counted_with < (SELECT coalesce(max(revision), 0) FROM days_off WHERE recorded_at < %s)
"""
_HALF = (".tmp", ".part")


@dataclass(frozen=True)
class Waiting:
    """The emails that are due to leave: how many, since when the oldest, the code of its reason, the most attempts."""

    count: int
    oldest: datetime | None
    why: str
    attempts: int


@dataclass(frozen=True)
class Mails:
    """The emails of services that wait for somebody, with the oldest of each kind, and the state of the mailbox."""

    unread: int
    oldest_unread: datetime | None
    refused: int
    oldest_refused: datetime | None
    ignored: int
    failing_since: datetime | None
    failing_why: str | None


@dataclass(frozen=True)
class InFolder:
    """The emails in the watched folder, the oldest by its file, and those that an earlier version set aside."""

    count: int
    oldest: datetime | None
    put_aside: int


async def emails_due(rows: Rows, now: datetime) -> Waiting:
    """Count the emails that are due now."""
    return Waiting(*(await rows(_NOT_LEFT, now))[0])


async def emails_not_left(rows: Rows, now: datetime) -> Waiting:
    """Count the emails that should have left a quarter of an hour ago."""
    return await emails_due(rows, now - ASLEEP)


async def mails(rows: Rows, now: datetime) -> Mails:
    """Count the emails of services that wait for somebody; `ignored` counts those of 30 days."""
    since = (local_day(now) - timedelta(days=30)).isoformat()
    unread, oldest, refused, oldest_refused = (await rows(_MAILS))[0]
    ignored, failing = await count(rows, _IGNORED, since), await rows(_MAILBOX)
    return Mails(unread, oldest, refused, oldest_refused, ignored, *(failing[0] if failing else (None, None)))


async def mails_nobody_reads(rows: Rows) -> int:
    """Count the emails that no team reads."""
    return await count(rows, _UNCLAIMED)


async def not_counted_anew(rows: Rows, now: datetime) -> int:
    """Count clocks that miss a change of bank holidays made over a quarter of an hour ago."""
    return await count(rows, _COUNTED, now - ASLEEP)


async def open_referrals(rows: Rows) -> dict[UUID, datetime]:
    """Return the open referrals, and when each was recorded."""
    return await recorded(rows, _OPEN)


def in_folder(folder: Path | None) -> InFolder:
    """Count the files in the watched folder of incoming emails."""
    waiting = [each.stat().st_mtime for each in _files(folder)]
    aside = folder / "refused" if folder else None
    return InFolder(
        len(waiting),
        datetime.fromtimestamp(min(waiting), UTC) if waiting else None,
        sum(1 for one in _files(aside) if not one.name.endswith(".txt")),
    )


def _files(folder: Path | None) -> list[Path]:
    """Return complete files only: a file that is still being written has another name."""
    if folder is None or not folder.is_dir():
        return []
    return [each for each in folder.iterdir() if each.is_file() and each.name[0] != "." and each.suffix not in _HALF]
