"""Steps of ladders (rungs), checked one by one."""

from collections import Counter
from uuid import UUID

from deploy.chaos.truth.found import Finding, doubled, lost, untrue
from deploy.chaos.truth.reading import Rows, emitted, rows
from deploy.stack import Stack

ONCE = ("referral_id", "clock", "occurrence")
STEP = (*ONCE, "stage_entry")


def steps(events: Rows) -> list[Finding]:
    """Check the events of referrals: one for each version, in order, and no step of a stage after the stage has ended.

    A version is incremented under the row's lock, so the order of versions is the order of commits.
    """
    wrong: list[Finding] = []
    told: dict[UUID, Rows] = {}
    for event in events:
        if "referral_id" in event:
            told.setdefault(event["aggregate_id"], []).append(event)
    for referral, mine in told.items():
        twice = [version for version, count in Counter(event["version"] for event in mine).items() if count > 1]
        wrong += [doubled(f"referral {referral}: two events of version {version}") for version in twice]
        in_order = sorted(mine, key=lambda event: event["version"])
        if [event["id"] for event in in_order] != [event["id"] for event in mine]:
            wrong.append(untrue(f"referral {referral}: its outbox rows are not in the order of its versions"))
        entry = 0
        for event in in_order:
            if event["type"] == "referrals.referral.moved":
                entry = max(entry, event["stage_entry"])
            elif event["type"] == "referrals.escalation.recorded" and event["stage_entry"] < entry:
                wrong.append(untrue(f"referral {referral}: {event['action']} came after the answer to its stage"))
    return wrong


async def escalations_once(stack: Stack) -> list[Finding]:
    """Check that each step of a ladder (rung) is recorded once, and that exactly the recorded ones were published.

    A hold, or a service without an email address, turns several rungs into one action.
    """
    found = await rows(stack, "referrals", "SELECT * FROM escalations")
    counted = Counter(tuple(row[name] for name in (*STEP, "rung")) for row in found)
    wrong = [doubled(f"a step was recorded {count} times: {key}") for key, count in counted.items() if count > 1]
    rungs = await rows(stack, "referrals", "SELECT * FROM rungs WHERE outcome IN ('fired', 'overtaken')")
    # Without the stage: the clock of a span runs on through several stages, and a step is recorded in the current one.
    settled = Counter(tuple(row[name] for name in (*ONCE, "action", "outcome")) for row in rungs)
    recorded = Counter(tuple(row[name] for name in (*ONCE, "rung", "outcome")) for row in found)
    wrong += [lost(f"the ladder settled a step that is not recorded: {key}") for key in settled - recorded]
    wrong += [untrue(f"a step is recorded that the ladder did not settle: {key}") for key in recorded - settled]
    told = await emitted(stack, "referrals", "alongside.referrals.escalation.recorded")
    ids = Counter(row["escalation_id"] for row in told)
    own = Counter(str(row["id"]) for row in found)
    wrong += [lost(f"nobody was told of escalation {key}") for key in own - ids]
    wrong += [doubled(f"escalation {key} was told {ids[key]} times for {own[key]}") for key in ids - own]
    return wrong


async def by_rung(stack: Stack) -> dict[str, int]:
    """Count the steps of each rung that fired."""
    found = await rows(
        stack,
        "referrals",
        "SELECT rung, count(*) AS times FROM escalations WHERE outcome = 'fired' GROUP BY rung ORDER BY rung",
    )
    return {row["rung"]: row["times"] for row in found}
