"""What status fails for, by report: each thing that waits too long is named, and nothing else is."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.status.problems import problems, warnings

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WELL: dict[str, Any] = {
    "practice": True,
    "now": NOW.isoformat(),
    "processes": {"casework": {"up": True, "ready": True, "missing": []}},
    "not_on_the_board": 0,
    "without_workflow": 0,
    "workflows_without_row": 0,
    "outbox": {"casework": {"to_publish": 0, "to_dispatch": 0, "oldest": None}},
    "relay_leads": {"casework": True},
    "consumer_lag": {"casework-notes@INTAKE": 3},
    "streams_wrong": [],
    "engine_backlog": {"workflows": {"count": 4, "oldest_seconds": 2}},
    "dead_letters": {"casework": 0},
    "sleeping_too_long": [],
    "not_counted_anew": 0,
    "emails_not_left": {"count": 0, "oldest": None, "why": None, "attempts": 0},
    "emails_in_folder": {"count": 0, "oldest": None, "put_aside": 0},
    "mails": {
        "unread": 0,
        "oldest_unread": None,
        "refused": 0,
        "oldest_refused": None,
        "ignored": 7,
        "mailbox_failing_since": None,
        "mailbox_why": None,
    },
    "mails_nobody_reads": 0,
    "programs": {"ending": [], "not_told": 0},
    "tasks_too_long": {"count": 0, "oldest": None},
    "disk": {"free_bytes": 10**10, "free_percent": 40.0},
    "last_backup": None,
}
OLD = (NOW - timedelta(minutes=6)).isoformat()
# NOW is a Monday: on Wednesday evening two working days are over, from Thursday on they are not.
WEDNESDAY, THURSDAY = (
    datetime(2026, 2, 25, 20, tzinfo=UTC).isoformat(),
    datetime(2026, 2, 26, 9, tzinfo=UTC).isoformat(),
)
LONG = (NOW - timedelta(minutes=16)).isoformat()


def mails(**more: Any) -> dict[str, Any]:
    return {"mails": {**WELL["mails"], **more}}


def folder(**more: Any) -> dict[str, Any]:
    return {"emails_in_folder": {**WELL["emails_in_folder"], **more}}


def test_nothing_is_said_of_what_is_well() -> None:
    assert (problems(WELL), warnings(WELL)) == ([], [])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"processes": {"casework": {"up": False, "ready": False, "missing": []}}}, "casework is down"),
        (
            {"processes": {"console": {"up": True, "ready": False, "missing": ["connections to the services"]}}},
            "console is not ready: misses connections to the services",
        ),
        ({"not_on_the_board": 2}, "2 open plans or referrals are not on the board"),
        ({"without_workflow": 1}, "1 open plans or referrals have no workflow"),
        ({"without_workflow": None}, "not known now how many open plans or referrals have no workflow"),
        ({"workflows_without_row": 50}, "50 workflows have no row"),
        ({"sleeping_too_long": [{"id": "x"}]}, "1 rows sleep"),
        ({"not_counted_anew": 4}, "4 clocks, steps or tasks are not counted anew"),
        ({"relay_leads": {"intake": False}}, "no relay leads"),
        ({"outbox": {"intake": {"to_publish": 24, "to_dispatch": 0, "oldest": OLD}}}, "intake has had something"),
        ({"consumer_lag": {"a@B": 5000}}, "a@B has 5000 events"),
        ({"streams_wrong": None}, "do not answer"),
        ({"streams_wrong": ["INTAKE: changed"]}, "INTAKE: changed"),
        ({"engine_backlog": {"workflows": {"count": 789, "oldest_seconds": 823}}}, "789 steps wait for workflows"),
        ({"dead_letters": {"referrals": 1}}, "referrals could not handle 1 events"),
        (
            {"emails_not_left": {"count": 3, "oldest": OLD, "why": "relay_away", "attempts": 6}},
            "3 emails have not left",
        ),
        ({"emails_not_left": None}, "not known now whether emails have left"),
        ({"mails": None}, "not known now whether emails of services"),
        ({"tasks_too_long": None}, "not known now whether tasks are done"),
        ({"mails_nobody_reads": None}, "not known now whether emails are read by nobody"),
        ({"sleeping_too_long": None}, "not known now whether rows sleep"),
        ({"not_counted_anew": None}, "not known now whether all is counted anew"),
        ({"engine_backlog": None}, "not known now what waits for the workflow engine"),
        ({"outbox": {"casework": None}}, "not known now whether casework passes on"),
        ({"relay_leads": {"casework": None}}, "not known now whether casework passes on"),
        ({"dead_letters": {"casework": None}}, "not known now whether casework passes on"),
        (
            mails(unread=2, oldest_unread=WEDNESDAY),
            f"2 emails of services wait to be read, the oldest since {WEDNESDAY}",
        ),
        (mails(refused=1, oldest_refused=WEDNESDAY), "1 emails could not be read and nobody has seen to them"),
        (mails(mailbox_failing_since=LONG, mailbox_why="sign_in"), f"not been read since {LONG} (sign_in)"),
        (folder(count=4, oldest=NOW.isoformat()), "4 emails lie in inbound-mail and are not taken in"),
        (folder(put_aside=3), "3 emails lie unread in inbound-mail/refused"),
        ({"mails_nobody_reads": 2}, "2 emails are read by nobody"),
        ({"tasks_too_long": {"count": 7, "oldest": OLD}}, "7 tasks are days past due"),
        ({"disk": {"free_bytes": 10**8, "free_percent": 40.0}}, "the disk is nearly full: 100 MB"),
        ({"disk": {"free_bytes": 10**10, "free_percent": 2.0}}, "(2.0 %)"),
    ],
)
def test_what_waits_too_long_is_a_problem(change: dict[str, Any], said: str) -> None:
    [problem] = problems({**deepcopy(WELL), **change})
    assert said in problem


@pytest.mark.parametrize(
    "change",
    [
        mails(unread=2, oldest_unread=THURSDAY),
        mails(refused=2, oldest_refused=THURSDAY),
        mails(mailbox_failing_since=OLD, mailbox_why="away"),
    ],
)
def test_what_has_only_just_come_is_no_problem(change: dict[str, Any]) -> None:
    assert problems({**deepcopy(WELL), **change}) == []


def test_an_email_that_was_put_into_the_folder_a_moment_ago_is_no_problem() -> None:
    assert problems({**deepcopy(WELL), **folder(count=1, oldest=datetime.now(UTC).isoformat())}) == []


def test_backups_and_emails_that_could_not_be_read_warn_at_once() -> None:
    real = {**WELL, "practice": False}
    recent = datetime.now(UTC) - timedelta(hours=3)
    assert warnings(real) == ["no backup has ever been made"]
    assert warnings({**real, "last_backup": recent.isoformat()}) == []
    assert "last backup" in warnings({**real, "last_backup": NOW.isoformat()})[0]
    assert "3 incoming emails" in warnings({**WELL, **mails(refused=3, oldest_refused=THURSDAY)})[0]


def test_a_key_that_ends_soon_is_a_warning_and_one_that_a_service_was_not_told_of_a_problem() -> None:
    report = {**WELL, "programs": {"ending": [{"name": "mail-gateway", "at": LONG}], "not_told": 2}}
    [warning] = warnings(report)
    assert "mail-gateway" in warning and "make the next one" in warning
    [problem] = problems(report)
    assert problem.startswith("2 keys of programs")
