"""`alongside import-directory`: a directory of agencies and services from HSDS or HSDS-UK 3.0 JSON."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy import running
from deploy.errors import StackError

if TYPE_CHECKING:
    from services.referrals.directory.rows import Directory
    from services.referrals.directory_change.feed import Report
    from shared.settings import Settings


def command(
    file: Annotated[Path, typer.Argument(help="HSDS or HSDS-UK 3.0 JSON: one object, a list, or pages of an API.")],
    source: Annotated[str, typer.Option(help="Who publishes it: ids are kept apart by source.")] = "",
    whole: Annotated[
        bool, typer.Option("--whole", help="The file is all that the source publishes: what it leaves out is closed.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
    data: Annotated[Path | None, typer.Option(help="Data folder of the embedded stack that is to take it.")] = None,
) -> None:
    """Add and update organisations, services and locations; say what was added, changed and refused, and why.

    Importing again changes only what is different. A file of which nothing can be taken changes nothing and fails. An
    address or a number that is on record is never changed by a file: the change is proposed to the teams.
    """
    from services.referrals.directory import hsds
    from services.referrals.directory.plain import line

    try:
        found = hsds.read(file.read_bytes(), whole=whole)
    except OSError as error:
        raise StackError(f"cannot read {file}: {error.strerror}; nothing was changed") from None
    except hsds.NotHsds as error:
        raise StackError(f"{file}: {error}; nothing was changed") from None
    name = line(source or file.stem, 80) or "directory"
    report = running.run(_take(_settings(data), name, found, whole))
    print(json.dumps({"source": name, **report.as_json()})) if as_json else _print_report(name, report, whole)
    if report.nothing_taken:
        raise StackError(f"{file}: nothing in it could be taken; nothing was changed")


def _settings(data: Path | None) -> "Settings":
    """Return the settings of a running embedded stack, or of this process's environment."""
    import os

    from deploy.folder import DataFolder, default_folder
    from deploy.stack import settings_of
    from shared.settings import load

    if data is None and os.environ.get("ALONGSIDE_DATABASE_HOST"):
        return load()
    return settings_of(DataFolder(data or default_folder()))


async def _take(settings: "Settings", source: str, found: "Directory", whole: bool) -> "Report":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from services.referrals.directory_change.feed import import_directory
    from shared.context import Actor
    from shared.db.session import Database

    database = Database(settings, "referrals", "work")
    columns = (TextColumn("importing"), BarColumn(), MofNCompleteColumn())
    try:
        with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
            task = bar.add_task("importing", total=found.size)
            async with database.transaction(Actor.service("referrals")) as session:
                return await import_directory(
                    session, source, found, lambda done: bar.update(task, completed=done), whole=whole
                )
    except (OperationalError, ProgrammingError) as error:
        place = f"{settings.database_host}:{settings.database_port}"
        reason = " ".join(str(error.orig).split())[:200]
        raise StackError(f"the database at {place} cannot be used: {reason}; nothing was changed") from None
    finally:
        await database.dispose()


_REACHED = {"email": "can be written to", "phone": "can only be rung", "neither": "neither"}


def _print_report(source: str, report: "Report", whole: bool) -> None:
    for word, counts in (("added", report.added), ("changed", report.changed), ("unchanged", report.unchanged)):
        told = ", ".join(f"{count} {_plural(kind, count)}" for kind, count in counts.items())
        print(f"{word + ':':11}{told or 'nothing'}")
    for rule, count in report.never_shown.items():
        print(f"never shown: {count} {_plural('service', count)} by the rule {rule!r}")
    for said, lines in (
        ("hidden until a supervisor shows it", report.hidden),
        ("taken away", report.taken_away),
        ("kept", report.kept),
        ("proposed, for two people to confirm", report.proposed),
        ("closed", report.closed),
        ("looks the same", report.looks_the_same),
    ):
        for line in lines:
            print(f"{said}: {line}")
    if report.not_in_the_file and not whole:
        missing = f"{report.not_in_the_file} {_plural('service', report.not_in_the_file)}"
        print(f"not in this file: {missing} of {source!r}; with --whole they are closed")
    if report.reached:
        by = [f"{report.reached.get(each, 0)} {words}" for each, words in _REACHED.items()]
        print(f"reached:   {', '.join(by)}")
    for name in report.unreachable:
        print(f"no email and no number: {name}")
    for dropped in report.left_out:
        print(f"left out: {dropped.path}: {dropped.reason}")
    for refused in report.refused:
        print(f"refused: {refused.path}: {refused.reason}")
    if not report.nothing_taken:
        print(f"the directory of {source!r} is up to date")


def _plural(kind: str, count: int) -> str:
    if count == 1:
        return kind
    return "agencies" if kind == "agency" else f"{kind}s"
