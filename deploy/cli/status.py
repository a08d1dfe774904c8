"""`alongside status`: what is up since when, what waits, and what waits too long."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.folder import DataFolder, default_folder


def command(
    data: Annotated[Path | None, typer.Option(help="Data folder of the stack.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Show every process and what waits where; exit 1 when somebody must look, and say why."""
    from deploy.operator import by_settings
    from deploy.status.report import collect, collect_by_settings
    from shared.settings import load

    if by_settings(data):
        report = asyncio.run(collect_by_settings(load()))
    else:
        report = asyncio.run(collect(DataFolder(data or default_folder())))
    if as_json:
        print(json.dumps(report, indent=2))
    else:
        _show(report)
    raise typer.Exit(0 if report["ok"] else 1)


def _show(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if report["data"]:
        console.print(f"data in {report['data']}", markup=False, soft_wrap=True)
    if report["supervised"] is False:
        console.print("no `alongside up` holds this folder", markup=False)
    if report["practice"]:
        console.print(f"practice time: {report['now']}", markup=False)
    table = Table(box=None, pad_edge=False)
    for title in ("process", "state", "since", "pid"):
        table.add_column(title)
    for name, row in report["processes"].items():
        table.add_row(name, _state(row), row["since"] or "", str(row["pid"] or ""))
    console.print(table)
    for line in _lines(report):
        console.print(line, markup=False, soft_wrap=True)
    for title, lines in (("must be looked at", report["problems"]), ("to be known", report["warnings"])):
        if lines:
            console.print(f"{title}:", markup=False)
        for line in lines:
            console.print(f"  {line}", markup=False, soft_wrap=True)


def _state(row: dict[str, Any]) -> str:
    if not row["up"]:
        return "[red]down[/red]"
    if row["ready"]:
        return "[green]up[/green]"
    return f"[yellow]not ready{': misses ' + ', '.join(row['missing']) if row['missing'] else ''}[/yellow]"


def _lines(report: dict[str, Any]) -> list[str]:
    def told(value: object) -> str:
        return "not known now" if value is None else str(value)

    lines = [
        f"open plans: {told(report['plans_open'])}, open referrals: {told(report['referrals_open'])}, "
        f"running workflows: {told(report['workflows_running'])}"
    ]
    for name, box in report["outbox"].items():
        if box is None:
            lines.append(f"outbox of {name}: not known now")
        else:
            since = f", oldest of {box['oldest']}" if box["oldest"] else ""
            lines.append(f"outbox of {name}: {box['to_publish']} to publish, {box['to_dispatch']} to dispatch{since}")
    lag = report["consumer_lag"]
    behind = None if lag is None else {name: count for name, count in lag.items() if count}
    lines.append("waiting in consumers: " + (told(None) if behind is None else _pairs(behind) or "nothing"))
    letters = {name: told(count) for name, count in report["dead_letters"].items() if count != 0}
    lines.append("dead letters: " + (_pairs(letters) or "none"))
    backlog = report["engine_backlog"]
    queues = None if backlog is None else {name: one["count"] for name, one in backlog.items() if one["count"]}
    lines.append("steps that wait: " + (told(None) if queues is None else _pairs(queues) or "none"))
    emails = report["emails_not_left"]
    lines.append("emails not left: " + (told(None) if emails is None else str(emails["count"] or "none")))
    lines.append("emails of services: " + _mails(report["mails"]))
    asleep = report["sleeping_too_long"]
    if asleep is None or not asleep:
        lines.append("sleeping too long: " + ("none" if asleep == [] else told(None)))
    else:
        lines.append(f"sleeping too long: {len(asleep)}, run `alongside reconcile --deep`")
        lines.extend(f"  {row['kind']} {row['id']} was due {row['next_at']}" for row in asleep[:10])
    return lines


def _mails(mails: dict[str, Any] | None) -> str:
    if mails is None:
        return "not known now"
    since = f" (the oldest since {mails['oldest_unread']})" if mails["unread"] else ""
    return (
        f"{mails['unread']} to be read{since}, {mails['refused']} that could not be read, "
        f"{mails['ignored']} ignored in 30 days"
    )


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
