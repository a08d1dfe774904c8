"""One clock: nobody reads the wall clock but the clock, tokens (real time by design) and the deployment."""

from pathlib import Path

from tests.house.source import files, imports, mentions

WALL_CLOCK = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
    "time.strftime",
    "uuid.uuid1",
    "uuid_utils.uuid1",
    "uuid_utils.uuid6",
    "uuid_utils.compat.uuid1",
}
# Tokens and keys end in real time: a jump of the practice clock ends nobody's access.
ENDS_IN_REAL_TIME = {Path("shared/http/program_keys.py")}
MAY_READ_IT = {Path("shared/clock.py"), Path("shared/access/tokens.py"), Path("shared/access/visitors.py")}

# The database's clock is a wall clock too; a row dated by it would not follow the practice clock.
DATABASE_CLOCK = {"sqlalchemy.func.now", "sqlalchemy.func.current_timestamp", "sqlalchemy.func.localtimestamp"}

# fmt: off
NOT_IN_WORKFLOWS = {
    "zoneinfo", "calendar", "holidays", "random", "secrets", "uuid", "time", "os", "pathlib", "threading",
    "subprocess", "socket", "ssl", "http", "urllib", "httpx", "nats", "psycopg", "sqlalchemy", "services", "shared",
}
# fmt: on
NOT_WORKFLOW_CODE = {Path("workflows/worker.py")}


def test_nobody_reads_the_wall_clock() -> None:
    found = [
        f"{path}:{line} {name}"
        for path in files("shared", "services", "workflows")
        if path not in MAY_READ_IT
        for name, line in mentions(path)
        if name in WALL_CLOCK
    ]
    assert not found, "use shared.clock.now():\n" + "\n".join(found)


def test_care_runs_on_the_clock_of_care_alone() -> None:
    """Real time is for sessions, invitations and keys: a case dated by it would fall out of practice time."""
    found = [
        f"{path}:{line}"
        for path in files("shared", "services", "workflows")
        if "console" not in path.parts and path not in ENDS_IN_REAL_TIME
        for name, line in mentions(path)
        if name == "shared.clock.real"
    ]
    assert not found, "use shared.clock.now():\n" + "\n".join(found)


def test_care_code_does_not_ask_the_database_what_time_it_is() -> None:
    found = [
        f"{path}:{line} {name}"
        for path in files("services")
        if "migrations" not in path.parts
        for name, line in mentions(path)
        if name in DATABASE_CLOCK
    ]
    assert not found, "use shared.clock.now():\n" + "\n".join(found)


def test_workflow_code_has_no_calendar_no_chance_and_no_machine() -> None:
    found = [
        f"{path}:{line} {name}"
        for path in files("workflows")
        if path not in NOT_WORKFLOW_CODE
        for name, line in imports(path)
        if name.partition(".")[0] in NOT_IN_WORKFLOWS
    ]
    assert not found, "workflow code must replay the same for ever; ask an activity:\n" + "\n".join(found)
