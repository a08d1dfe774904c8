"""The jobs of every day take few taps: counted in the browser, and as many as docs/pages.md says."""

import pytest

from deploy.demo.setting import Setting
from tests.console import taps
from tests.console.conftest import Home, PageAs, Worker
from tests.console.jobs import JOBS
from tests.console.taps import Job, Stage


def test_the_table_has_a_row_for_each_job() -> None:
    assert len({one.name for one in JOBS}) == len(JOBS)
    if not taps.WRITES:
        assert list(taps.rows()) == [one.name for one in JOBS]


@pytest.mark.parametrize("one", JOBS, ids=[one.name for one in JOBS])
async def test_a_job_takes_as_many_taps_as_the_table_says(
    one: Job, home: Home, page_as: PageAs, scene: Setting, worker: Worker
) -> None:
    counted = await one.walk(Stage(home, page_as, scene, worker))
    assert counted <= one.most, f"{one.name}: {counted} taps"
    if taps.WRITES:
        taps.write(one, counted)
    assert taps.rows().get(one.name) == one.row(counted), "run the test once more with ALONGSIDE_WRITE_TAPS=1"
