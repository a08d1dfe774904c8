"""The problems of a status report in words, for which `alongside status` fails, and its warnings."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.readings.rows import READ_WITHIN, working_days_ago

Report = dict[str, Any]

BACKLOG_SECONDS = 120
OUTBOX_AGE = timedelta(minutes=5)
LAG = 1000
TAKEN_IN = timedelta(minutes=15)
FREE_BYTES, FREE_PERCENT = 500_000_000, 5.0
BACKUP_AGE = timedelta(days=2)


def problems(report: Report) -> list[str]:
    """List why somebody may not receive care now. Empty when all is well."""
    parts = (_processes, _rows, _pipes, _unknown, _people, _mails, _disk)
    return [line for part in parts for line in part(report)]


def warnings(report: Report) -> list[str]:
    """List what is not a fault yet."""
    found: list[str] = []
    if report["practice"] is False:
        last = report["last_backup"]
        if last is None:
            found.append("no backup has ever been made")
        elif datetime.now(UTC) - datetime.fromisoformat(last) > BACKUP_AGE:
            found.append(f"the last backup is of {last}")
    if (mails := report["mails"]) and mails["refused"]:
        found.append(f"{mails['refused']} incoming emails could not be read: a task says of each why")
    for program in (report["programs"] or {}).get("ending", ()):
        found.append(f"the last key of the program {program['name']} ends at {program['at']}: make the next one")
    return found


def _processes(report: Report) -> Iterator[str]:
    for name, row in report["processes"].items():
        if not row["up"]:
            yield f"{name} is down"
        elif not row["ready"]:
            yield f"{name} is not ready" + (f": misses {', '.join(row['missing'])}" if row["missing"] else "")


def _rows(report: Report) -> Iterator[str]:
    words = {
        "not_on_the_board": "open plans or referrals are not on the board",
        "without_workflow": "open plans or referrals have no workflow: run `alongside reconcile`",
        "workflows_without_row": "workflows have no row: run `alongside reconcile --deep`",
    }
    for name, said in words.items():
        if report[name] is None:
            yield f"not known now how many {said.partition(':')[0]}"
        elif report[name]:
            yield f"{report[name]} {said}"
    if asleep := report["sleeping_too_long"]:
        yield f"{len(asleep)} rows sleep although their next step is due: run `alongside reconcile --deep`"
    if count := report["not_counted_anew"]:
        yield f'{count} clocks, steps or tasks are not counted anew by the bank holidays: see the logs for "recount"'


def _pipes(report: Report) -> Iterator[str]:
    for service, leads in report["relay_leads"].items():
        if leads is False:
            yield f"nobody passes on what {service} has to tell: no relay leads"
    for service, count in report["dead_letters"].items():
        if count:
            yield f"{service} could not handle {count} events: see `alongside dead-letters`"
    yield from report["streams_wrong"] or ()
    if report["streams_wrong"] is None:
        yield "the streams of events do not answer"
    for queue, waits in (report["engine_backlog"] or {}).items():
        if waits["oldest_seconds"] > BACKLOG_SECONDS:
            yield f"{waits['count']} steps wait for {queue}, the oldest for {waits['oldest_seconds']} seconds"
    for place, count in (report["consumer_lag"] or {}).items():
        if count > LAG:
            yield f"{place} has {count} events to handle"
    now = datetime.fromisoformat(report["now"])
    for service, box in report["outbox"].items():
        if box and box["oldest"] and now - datetime.fromisoformat(box["oldest"]) > OUTBOX_AGE:
            yield f"{service} has had something to pass on since {box['oldest']}"


_UNKNOWN = {
    "engine_backlog": "what waits for the workflow engine",
    "sleeping_too_long": "whether rows sleep although their next step is due",
    "not_counted_anew": "whether all is counted anew by the bank holidays",
    "mails_nobody_reads": "whether emails are read by nobody",
    "tasks_too_long": "whether tasks are done in time",
    "programs": "whether every service knows the keys of programs",
}


def _unknown(report: Report) -> Iterator[str]:
    """List what could not be checked, which may be as bad as possible."""
    for name, what in _UNKNOWN.items():
        if report[name] is None:
            yield f"not known now {what}"
    asked: list[dict[str, Any]] = [report[name] for name in ("outbox", "relay_leads", "dead_letters")]
    for service in sorted({service for each in asked for service, answer in each.items() if answer is None}):
        yield f"not known now whether {service} passes on and hears everything"


def _people(report: Report) -> Iterator[str]:
    emails, tasks = report["emails_not_left"], report["tasks_too_long"]
    if emails is None:
        yield "not known now whether emails have left"
    elif emails["count"]:
        why = f" ({emails['why']})" if emails["why"] else ""
        yield f"{emails['count']} emails have not left, the oldest since {emails['oldest']}{why}"
    if tasks and tasks["count"]:
        yield f"{tasks['count']} tasks are days past due and nobody has done them, the oldest since {tasks['oldest']}"
    if (programs := report["programs"]) and programs["not_told"]:
        yield f"{programs['not_told']} keys of programs were made or revoked and not every service has been told"
    if report["mails_nobody_reads"]:
        yield f"{report['mails_nobody_reads']} emails are read by nobody: name a team by ALONGSIDE_INBOUND_MAIL_TEAM"


def _mails(report: Report) -> Iterator[str]:
    mails, folder, now = report["mails"], report["emails_in_folder"], datetime.fromisoformat(report["now"])
    if mails is None:
        yield "not known now whether emails of services wait to be read"
    else:
        for count, oldest, said in (
            (mails["unread"], mails["oldest_unread"], "emails of services wait to be read"),
            (mails["refused"], mails["oldest_refused"], "emails could not be read and nobody has seen to them"),
        ):
            if count and working_days_ago(datetime.fromisoformat(oldest), now) > READ_WITHIN:
                yield f"{count} {said}, the oldest since {oldest}"
        since = mails["mailbox_failing_since"]
        if since and now - datetime.fromisoformat(since) > TAKEN_IN:
            yield f"the mailbox has not been read since {since} ({mails['mailbox_why']})"
    if folder and folder["count"] and _age(folder["oldest"]) > TAKEN_IN:
        yield f"{folder['count']} emails lie in inbound-mail and are not taken in, the oldest since {folder['oldest']}"
    if folder and folder["put_aside"]:
        yield f"{folder['put_aside']} emails lie unread in inbound-mail/refused: put them into inbound-mail once more"


def _age(at: str) -> timedelta:
    """Return the age of a file, whose time is real time."""
    return datetime.now(UTC) - datetime.fromisoformat(at)


def _disk(report: Report) -> Iterator[str]:
    disk = report["disk"]
    if disk and (disk["free_bytes"] < FREE_BYTES or disk["free_percent"] < FREE_PERCENT):
        yield f"the disk is nearly full: {disk['free_bytes'] // 1_000_000} MB ({disk['free_percent']} %) are free"
