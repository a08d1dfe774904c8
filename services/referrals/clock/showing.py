"""Views of clocks for the API: the rule, its steps, and its typical case."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from services.referrals.clock.changing import fixed
from services.referrals.clock.example import Example, example
from services.referrals.clock.models import EVERY_TEAM
from services.referrals.clock.rule_versions import Rule
from services.referrals.clock.schemas import ClockView, ExampleView, PreviewView, RungView, StepView
from shared import clock
from shared.practice.model import clock_from_json

_FROM_BODY = (
    "name", "kind", "pathway", "from_event", "to_event", "asks", "whose", "length", "ladder", "off_reason",
    "starts_when", "source", "source_kind", "in_force_from", "in_force_until",
)  # fmt: skip


def clock_view(rule: Rule) -> ClockView:
    """Return the view of a version of a clock for the reader's team."""
    body, now = rule.row.body, clock.now()
    found = clock_from_json(body)
    typical = example(found, now)
    return ClockView(
        **{name: body[name] for name in _FROM_BODY},
        key=rule.row.key,
        version=rule.row.version,
        ours=rule.row.team_id != EVERY_TEAM,
        as_default=rule.as_default,
        fixed=fixed(found, now),
        changed_at=rule.row.recorded_at,
        changed_by=rule.row.by,
        rule=found.rule(),
        steps=[RungView(**asdict(step.rung)) for step in typical.steps] if typical else [],
    )


def example_view(body: Mapping[str, Any]) -> ExampleView | None:
    """Return the typical case of a rule; None where no clock runs."""
    found = example(clock_from_json(body), clock.now())
    return None if found is None else _example(found)


def preview_view(latest: Rule, body: Mapping[str, Any]) -> PreviewView:
    """Return the same case by the rule in force and by the rule that would follow it."""
    before, after = example_view(latest.row.body), example_view(body)
    assert before is not None and after is not None, "a rule without a length is not changed"
    return PreviewView(version=latest.row.version, before=before, after=after)


def _example(found: Example) -> ExampleView:
    steps = [StepView(**asdict(each.rung), at=each.at, working_days=each.working_days) for each in found.steps]
    rest = {name: getattr(found, name) for name in ExampleView.model_fields if name != "steps"}
    return ExampleView(**rest, steps=steps)
