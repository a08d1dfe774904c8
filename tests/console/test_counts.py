"""Counted, not recorded: one press, one more, and no trace of who pressed."""

import json

import psycopg

from tests.console.click import click_through
from tests.console.conftest import PASSWORD, Home, PageAs
from tests.console.hand import Hand
from tests.console.looks import looked_at

KIND = "without_papers"


async def number(home: Home, *, years_back: int = 0) -> int:
    """Return intake's number of this team's year; with `years_back`, after moving that year into the past."""
    where = f"WHERE team_id = '{home.team}' AND kind = '{KIND}'"
    access = {**home.stack.superuser(), "dbname": "intake"}
    async with await psycopg.AsyncConnection.connect(**access, autocommit=True) as connection:  # type: ignore[arg-type]
        if years_back:
            await connection.execute(f"UPDATE yearly_counts SET year = year - {years_back} {where}")
        found = await connection.execute(f"SELECT coalesce(sum(count), 0) FROM yearly_counts {where}")
        return int((await found.fetchall())[0][0])


async def test_one_press_adds_one(home: Home, page_as: PageAs) -> None:
    before = await number(home)
    page = await page_as("worker")
    await page.goto("/counts")
    await looked_at(page, "counts")
    await click_through(page.locator("main button:has-text('Count one more')"))
    assert "What do you count?" in await page.inner_text(".nhsuk-error-summary")
    await page.check(f"[name=kind][value={KIND}]")
    await page.click("main button:has-text('Count one more')")
    await page.wait_for_url("**/counts")
    assert "Count added." in await page.inner_text("main")
    assert await page.locator("main dl").count() == 0, "the number is for those who lead"
    assert await number(home) == before + 1
    await number(home, years_back=1)
    lead = await page_as("supervisor")
    await lead.goto("/counts")
    assert "Somebody who lives without papers" in await lead.inner_text("main dl")
    await looked_at(lead, "counts-lead")


async def test_pressing_twice_counts_once_and_no_log_knows_of_it(home: Home, hand: Hand) -> None:
    before = await number(home)
    await hand.sign_in("guardian", PASSWORD)
    await hand.get("/counts")
    sent = {"kind": KIND, "once": "6f0c8f0e-3c1f-4e5b-9d55-0c7d7a1e9b11"}
    for _ in range(2):
        assert (await hand.post("/counts", sent)).status_code == 303
    await hand.get("/counts")
    assert await number(home) == before + 1
    logs = [path for path in (home.stack.folder.path / "logs").glob("*.log") if path.stem in ("console", "intake")]
    assert len(logs) == 2
    lines = [json.loads(line) for path in logs for line in path.read_text().splitlines() if line.startswith("{")]
    # Who may not open the page at all is logged, as everywhere: nothing was counted.
    assert not [line for line in lines if line.get("route") == "/counts" and line["status"] != 403]
    assert [line for line in lines if line.get("route") == "/sign-in"], "other pages are"


async def test_a_commissioner_reads_coarse_numbers_and_counts_nobody(hand: Hand) -> None:
    await hand.sign_in("commissioner", PASSWORD)
    assert (await hand.get("/")).headers["location"] == "/counts"
    page = (await hand.get("/counts")).text
    assert "Count one more" not in page and "rounded to 5" in page
    assert (await hand.post("/counts", {"kind": KIND})).status_code == 403
    admin = hand.other()
    await admin.sign_in("admin", PASSWORD)
    assert (await admin.get("/counts")).status_code == 403
