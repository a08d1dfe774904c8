"""What the tests of ladders share: clocks by key, instants to draw, hours of London."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from shared.practice.calendar import LONDON
from shared.practice.clock_table import DEFAULT_CLOCKS, Clock
from shared.practice.ladder import Step, set_ladder

BY_KEY: dict[str, Clock] = {clock.key: clock for clock in DEFAULT_CLOCKS}
RUNNING = tuple(c for c in DEFAULT_CLOCKS if c.length is not None and c.length.unit != "before_date")
AGENCYS = tuple(clock for clock in RUNNING if clock.whose == "agency")

INSTANTS = st.datetimes(datetime(2004, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))
CLOCKS = st.sampled_from(RUNNING)
AGENCY_CLOCKS = st.sampled_from(AGENCYS)


def london(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LONDON).astimezone(UTC)  # type: ignore[arg-type]


def at(rungs: list[Step]) -> list[tuple[str, datetime]]:
    return [(rung.action, rung.at) for rung in rungs]


def sent_ladder(opened_at: datetime, **options: bool) -> list[Step]:
    return set_ladder(BY_KEY["any.sent"], opened_at, **options)  # type: ignore[arg-type]
