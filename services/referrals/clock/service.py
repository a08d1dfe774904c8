"""Setting, pausing and closing the clocks of one referral."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.clock import rules
from services.referrals.clock.ladder import Ladder
from services.referrals.clock.models import EVERY_TEAM, QUESTION_ANSWERED, ClockOpening, ClockRule, RungRow
from services.referrals.clock.rules import Wanted, Where
from shared.practice import ladder as practice
from shared.practice.calendar import local_day
from shared.practice.model import Clock, clock_as_json, clock_from_json


async def rules_of(session: AsyncSession, team_id: UUID) -> list[Clock]:
    """Return every version of every clock that this team may use: its own and the defaults."""
    rows = await session.scalars(
        select(ClockRule).where(ClockRule.team_id.in_((EVERY_TEAM, team_id))).order_by(ClockRule.key, ClockRule.version)
    )
    return [_parsed(row.id, row) for row in rows]


_cache: dict[UUID, Clock] = {}


def _parsed(id: UUID, row: ClockRule) -> Clock:
    # A rule row is never edited, so its parsed form can be cached.
    if id not in _cache:
        _cache[id] = clock_from_json({**row.body, "version": row.version})
    return _cache[id]


async def ahead(
    session: AsyncSession, team_id: UUID, pathway: str, sent_at: datetime, *, agency_has_email: bool
) -> list[tuple[Clock, practice.Step]]:
    """Return the steps of a referral that was sent then and that nobody answered, by the rules of this team."""
    found = [
        (each.clock, step)
        for each in rules.if_sent(pathway, sent_at, await rules_of(session, team_id))
        for step in practice.set_ladder(each.clock, each.opened_at, agency_has_email=agency_has_email)
    ]
    return sorted(found, key=lambda pair: (pair[1].at, pair[0].kind != "stage", practice.RANK[pair[1].action]))


async def open_stage(
    ladder: Ladder, where: Where, entry: int, all_rules: Sequence[Clock], *, agency_has_email: bool, now: datetime
) -> bool:
    """Set the clocks of a newly entered stage, of the question and of every started span; return True if any was set.

    Running clocks are left alone: each keeps the rule of the day on which it opened.
    """
    wanted = rules.stage_clocks(where, all_rules)
    wanted += rules.spans(where, all_rules, local_day(now))
    opened = False
    for each in wanted:
        if ladder.opening(each.clock.key) is None:
            opened |= await _open(ladder, each, entry, where, agency_has_email)
    return opened


async def _open(ladder: Ladder, wanted: Wanted, entry: int, where: Where, agency_has_email: bool) -> bool:
    clock, opened_at, recorded = wanted.clock, wanted.opened_at, wanted.recorded
    before = await _before(ladder, entry, where.round_entry, clock, opened_at)
    if before is None:
        return False
    opening, occurrences = before
    steps = practice.set_ladder(clock, opened_at, agency_has_email=agency_has_email, recorded=recorded)
    steps = [replace(step, occurrence=step.occurrence + occurrences) for step in steps]
    asks_the_question = clock.from_event == "question"
    if where.paused_since is not None and not asks_the_question:
        steps = practice.pause(steps, where.paused_since)
    row = ClockOpening(
        team_id=ladder.team_id,
        referral_id=ladder.referral_id,
        stage_entry=entry,
        clock=clock.key,
        opening=opening,
        kind=clock.kind,
        whose=clock.whose,
        ends_with=clock.to_event,
        rule=clock_as_json(clock),
        rule_version=clock.version,
        mode=practice.mode_of(clock, opened_at, recorded),
        opened_at=opened_at,
        deadline=practice.deadline(clock, opened_at, recorded),
    )
    ladder.session.add(row)
    await ladder.session.flush()
    ladder.openings.append(row)
    ladder.keep(steps)
    return True


async def _before(
    ladder: Ladder, entry: int, round_entry: int, clock: Clock, opened_at: datetime
) -> tuple[int, int] | None:
    """Return the number of this opening and the last step number used before it; None when the clock has already run.

    An answered span is not asked again from the same start, except in a round that was opened again, for the ending
    before it answered nothing; a start that was corrected since did not answer it either. The question clock may open
    many times. Spans and the question outlive their stage, and a step counts for the stage in which it fires: so their
    steps are numbered through all stages.
    """
    mine = (ClockOpening.referral_id == ladder.referral_id) & (ClockOpening.clock == clock.key)
    steps_of = (RungRow.referral_id == ladder.referral_id) & (RungRow.clock == clock.key)
    if clock.kind != "span" and clock.from_event != "question":
        mine_here, steps_of = mine & (ClockOpening.stage_entry == entry), steps_of & (RungRow.stage_entry == entry)
    else:
        mine_here = mine
    again = await ladder.session.scalar(
        select(ClockOpening.id)
        .where(
            mine,
            ClockOpening.opened_at == opened_at,
            ClockOpening.stage_entry >= round_entry,
            ClockOpening.redated_at.is_(None),
        )
        .limit(1)
    )
    if again is not None and clock.kind == "span":
        return None
    number = await ladder.session.scalar(select(func.coalesce(func.max(ClockOpening.opening), 0)).where(mine_here))
    steps = 0
    if number:
        steps = await ladder.session.scalar(select(func.coalesce(func.max(RungRow.occurrence), 0)).where(steps_of))
    return (number or 0) + 1, steps or 0


def leave_stage(ladder: Ladder, where: Where, at: datetime) -> None:
    """Close the clocks that end with a stage: its stage clocks, and spans whose event has happened."""
    ended = not rules.stage_can_run(where)
    for opening in list(ladder.openings):
        # An open question stays open when the referral moves on.
        stays = opening.kind == "span" or (opening.ends_with == QUESTION_ANSWERED and where.question_since is not None)
        if ended or not stays or rules.answered(opening.ends_with, where):
            ladder.close(opening, at)


def never_started(ladder: Ladder, event: str, at: datetime) -> None:
    """Close the spans that run from an event that has not happened after all: they open again when it does."""
    for opening in list(ladder.openings):
        if (
            opening.kind == "span"
            and opening.rule.get("from_event") == event
            and opening.rule.get("starts_when") is None
        ):
            opening.redated_at = at
            ladder.close(opening, at)


async def forget_answered(session: AsyncSession, referral_id: UUID, answered_at: datetime, at: datetime) -> None:
    """Mark spans whose answer was a mistake, so that they open again from their start, as after a corrected start."""
    await session.execute(
        update(ClockOpening)
        .where(
            ClockOpening.referral_id == referral_id,
            ClockOpening.kind == "span",
            ClockOpening.closed_at == answered_at,
            ClockOpening.redated_at.is_(None),
        )
        .values(redated_at=at)
        .execution_options(synchronize_session=False)
    )


def close_spans(ladder: Ladder, where: Where, at: datetime) -> None:
    """Close the spans that a recorded date has answered."""
    for opening in list(ladder.openings):
        if opening.kind == "span" and rules.answered(opening.ends_with, where):
            ladder.close(opening, at)


def close_redated(ladder: Ladder, where: Where, at: datetime) -> list[RungRow]:
    """Close the spans whose start was corrected, so that they open again from there; return the steps they have had."""
    steps: list[RungRow] = []
    for opening in list(ladder.openings):
        starts_when = clock_from_json(opening.rule).starts_when
        if opening.kind == "span" and rules.redated(starts_when, opening.opened_at, where):
            steps += [row for row in ladder.rows.values() if row.opening_id == opening.id]
            opening.redated_at = at
            ladder.close(opening, at)
    return steps


def close_clock(ladder: Ladder, ends_with: str, at: datetime) -> None:
    """Close a stage clock that was answered: the person was informed, or the question was answered."""
    for opening in list(ladder.openings):
        if opening.kind == "stage" and opening.ends_with == ends_with:
            ladder.close(opening, at)


def pause(ladder: Ladder, at: datetime) -> None:
    """Pause the stage clock while the agency waits for us; spans run on."""
    ladder.keep(practice.pause(ladder.instants(), at))


def resume(ladder: Ladder, paused_at: datetime, at: datetime) -> None:
    """Resume the stage clock, later by the working time that the pause has cost it.

    The lost time is counted from the clock's own beginning at the earliest, since a pause may be older than the stage.
    """
    for opening in ladder.openings:
        if _stands_still(opening):
            lost_from = max(paused_at, opening.opened_at)
            opening.deadline = practice.resumed(opening.deadline, lost_from, at, _mode(opening))
            ladder.keep(practice.resume(ladder.steps_of(opening), lost_from, at))


def extend(ladder: Ladder, working_days: int, now: datetime, *, paused: bool) -> None:
    """Move every later step and the end of the stage clock. A span's own limit stays what its source states."""
    ladder.keep(practice.shift(ladder.instants(), working_days, now))
    for opening in ladder.openings:
        if opening.kind == "stage":
            # A paused clock gets its time back later, counted from its deadline when it was paused.
            begins = opening.deadline if paused and _stands_still(opening) else max(opening.deadline, now)
            opening.deadline = practice.moved(begins, working_days, _mode(opening))


def _stands_still(opening: ClockOpening) -> bool:
    """Return whether a pause stops this clock: the stage's own does, spans and the question's run on."""
    return opening.kind == "stage" and opening.ends_with != QUESTION_ANSWERED


def _mode(opening: ClockOpening) -> practice.Mode:
    modes: dict[str, practice.Mode] = {"days": "days", "hours": "hours", "all_hours": "all_hours"}
    return modes[opening.mode]
