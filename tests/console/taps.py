"""The one counter of taps: what somebody has to press on a page to do a job, and the table of it in docs/pages.md.

A press counts one; a select counts two (one opens it, one chooses); typing counts none. To add a job, write its walk
and put `@job(...)` above it (see jobs.py). Its count stands in docs/pages.md, where the test reads it; after a page has
changed, `ALONGSIDE_WRITE_TAPS=1` has the test write the table instead of reading it.
"""

import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Locator, Page

from deploy.demo.setting import Setting
from tests.console.conftest import PHONE, Home, PageAs, Worker
from tests.console.looks import ROOT

DOC = ROOT / "docs" / "pages.md"
WRITES = "ALONGSIDE_WRITE_TAPS" in os.environ
HEAD = ("| job | taps before | taps now | at most |", "| --- | --- | --- | --- |")
_TABLE = re.compile(r"(?<=<!-- taps -->\n).*?(?=<!-- /taps -->)", re.DOTALL)
A_PHONE = {"width": PHONE, "height": 780}


class Taps:
    """A hand on a page, whose presses are counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    async def tap(self, what: str | Locator) -> None:
        """Press something: a link, a button, a box; by what its label says, or where it is."""
        await (await self._found(what)).click()
        self.count += 1

    async def follow(self, what: str | Locator) -> None:
        """Press something that leads to another page, and wait for that page."""
        async with self.page.expect_navigation():
            await self.tap(what)

    async def choose(self, select: str, label: str) -> None:
        """Choose from a list that opens."""
        await self.page.select_option(select, label=label)
        self.count += 2

    async def type(self, field: str, words: str) -> None:
        """Type into a field: it counts none."""
        await self.page.fill(field, words)

    async def _found(self, what: str | Locator) -> Locator:
        if isinstance(what, Locator):
            return what
        # As a reader looks for it: first what says exactly this ("Find", not "Find somebody"), then what begins so.
        shown = self.page.locator("a, button, label, summary")
        exactly, begins = (
            shown.filter(has_text=re.compile(rf"^\s*{re.escape(what)}{end}"), visible=True) for end in (r"\s*$", "")
        )
        await begins.first.wait_for()
        return exactly.first if await exactly.count() else begins.first


@dataclass(frozen=True)
class Stage:
    """What a walk needs: browsers, the people of the team, and what is done beforehand without counting."""

    home: Home
    page_as: PageAs
    scene: Setting
    worker: Worker

    async def taps(self, role: str | None = "worker", width: int = PHONE) -> Taps:
        """Return a hand on a new page of this role."""
        page = await self.page_as(role, width)
        if width == PHONE:
            await page.set_viewport_size(A_PHONE)  # pyright: ignore[reportArgumentType]
        return Taps(page)


Walk = Callable[[Stage], Awaitable[int]]


@dataclass(frozen=True)
class Job:
    """One row of the table: the job, how many taps it took before, and how many it may take at most."""

    name: str
    before: int
    most: int
    walk: Walk

    def row(self, taps: int) -> str:
        return f"| {self.name} | {self.before} | {taps} | {self.most} |"


JOBS: list[Job] = []


def job(name: str, *, before: int, most: int) -> Callable[[Walk], Walk]:
    """Add a walk to the table. It returns what it counted."""

    def add(walk: Walk) -> Walk:
        JOBS.append(Job(name, before, most, walk))
        return walk

    return add


def rows() -> dict[str, str]:
    """Return the rows that stand in docs/pages.md, by job."""
    found = _TABLE.search(DOC.read_text(encoding="utf-8"))
    assert found, f"{DOC.name} has no table of taps"
    lines = found[0].strip().splitlines()
    assert tuple(lines[:2]) == HEAD
    return {line.split("|")[1].strip(): line for line in lines[2:]}


def write(one: Job, taps: int) -> None:
    """Put this row into the table, which keeps the order of the jobs; rows of jobs that are gone go."""
    known = rows() | {one.name: one.row(taps)}
    table = "\n".join([*HEAD, *(known[each.name] for each in JOBS if each.name in known)])
    DOC.write_text(_TABLE.sub(lambda _: f"{table}\n", DOC.read_text(encoding="utf-8"), count=1), encoding="utf-8")
