"""Figures that are read when somebody asks: what fails is absent, is said to be, and takes nothing else along."""

import asyncio

import pytest

from shared.metrics import gathering
from shared.metrics.gathering import Found, Gatherer, Gauge, Reading
from tests.scrape import Series, series, value

BOX = Gauge("synthetic_boxes", "Boxes that wait.", ("colour",))


class Shelf:
    """A reading that counts how often it is asked, and waits or fails as it is told."""

    def __init__(self) -> None:
        self.asked, self.fails, self.begun = 0, False, asyncio.Event()
        self.free = asyncio.Event()
        self.free.set()

    async def read(self) -> Found:
        self.asked += 1
        self.begun.set()
        await self.free.wait()
        if self.fails:
            raise ConnectionError("secret-in-an-exception")
        return [BOX.of(3, "blue"), BOX.of(0, "red")]


async def said(gatherer: Gatherer) -> list[Series]:
    return series((await gatherer.text()).decode())


async def test_what_is_read_is_said_with_its_labels() -> None:
    found = await said(Gatherer([Reading("boxes", "shelf", Shelf().read)]))
    assert value(found, "synthetic_boxes", colour="blue") == 3
    assert value(found, "synthetic_boxes", colour="red") == 0
    assert value(found, "alongside_collected", reading="boxes") == 1
    assert value(found, "alongside_collect_failures_total", reading="boxes") == 0
    assert value(found, "process_start_time_seconds") is not None


async def test_a_figure_that_cannot_be_read_is_absent_and_said_to_be() -> None:
    broken, well = Shelf(), Shelf()
    broken.fails = True
    other = Gauge("synthetic_others", "Others.")

    async def read() -> Found:
        await well.read()
        return [other.of(7)]

    gatherer = Gatherer([Reading("boxes", "shelf", broken.read, good_for=0), Reading("others", "shelf", read)])
    for nth in (1, 2):
        text = (await gatherer.text()).decode()
        found = series(text)
        assert not [one for one in found if one.name == "synthetic_boxes"] and "secret" not in text
        assert value(found, "alongside_collected", reading="boxes") == 0
        assert value(found, "alongside_collect_failures_total", reading="boxes") == nth
        assert value(found, "synthetic_others") == 7
    broken.fails = False
    assert value(await said(gatherer), "synthetic_boxes", colour="blue") == 3, "it comes back by itself"


async def test_a_source_that_hangs_does_not_hold_up_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "READING_SECONDS", 0.01)
    monkeypatch.setattr(gathering, "SOURCE_SECONDS", 0.02)
    hangs, well = Shelf(), Shelf()
    hangs.free.clear()
    readings = [Reading(f"hung-{nth}", "engine", hangs.read) for nth in range(5)]
    found = await said(Gatherer([*readings, Reading("boxes", "shelf", well.read)]))
    assert [value(found, "alongside_collected", reading=each.name) for each in readings] == [0] * 5
    assert value(found, "synthetic_boxes", colour="blue") == 3


async def test_an_answer_is_good_for_a_while_and_two_scrapes_at_once_share_it() -> None:
    shelf = Shelf()
    shelf.free.clear()
    gatherer = Gatherer([Reading("boxes", "shelf", shelf.read, good_for=3600)])
    scrapes = [asyncio.create_task(said(gatherer)) for _ in range(3)]
    await shelf.begun.wait()
    shelf.free.set()
    assert [value(found, "synthetic_boxes", colour="blue") for found in await asyncio.gather(*scrapes)] == [3] * 3
    await said(gatherer)
    assert shelf.asked == 1


async def test_text_of_another_exporter_stands_beside_ours() -> None:
    async def read() -> Found:
        return "# TYPE synthetic_other_total counter\nsynthetic_other_total 4\n"

    found = await said(Gatherer([Reading("other", "other", read)]))
    assert value(found, "synthetic_other_total") == 4 and value(found, "alongside_collected", reading="other") == 1
