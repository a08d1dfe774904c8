"""`alongside roll`: every workflow continues as a new run, so that no run of older code is left."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shared.settings import Settings

_AT_ONCE = 20


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    data: Annotated[Path | None, typer.Option(help="Data folder of the stack; without one, the settings.")] = None,
) -> None:
    """Have every plan and referral continue as new at once, so that no run of older workflow code is left.

    Nothing is lost or taken twice: all that a run knows goes along. See docs/operations.md.
    """
    import asyncio

    from deploy.operator import Operator

    rolled = asyncio.run(roll(Operator.here(data).settings))
    if as_json:
        print(json.dumps({"rolled": rolled}))
        return
    print(f"asked {rolled} workflows to continue as new")


async def roll(settings: "Settings") -> int:
    """Signal every running plan and referral to continue as new; return their number.

    Raise StackError when the engine does not answer.
    """
    import asyncio

    from temporalio.service import RPCError, RPCStatusCode

    from deploy.errors import StackError
    from shared.temporal.client import connect_once
    from workflows.contracts import CASE_PLAN, REFERRAL, ROLL

    try:
        client = await connect_once(settings)
        query = f"WorkflowType IN ('{CASE_PLAN}', '{REFERRAL}') AND ExecutionStatus = 'Running'"
        ids = {run.id async for run in client.list_workflows(query, page_size=1000)}
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(workflow_id: str) -> bool:
            async with slots:
                try:
                    await client.get_workflow_handle(workflow_id).signal(ROLL)
                except RPCError as error:
                    if error.status is not RPCStatusCode.NOT_FOUND:  # the workflow has ended meanwhile
                        raise
                    return False
                return True

        return sum(await asyncio.gather(*(one(each) for each in ids)))
    except (RuntimeError, OSError, RPCError) as error:
        raise StackError(f"the workflow engine does not answer ({type(error).__name__}): is the stack up?") from None
