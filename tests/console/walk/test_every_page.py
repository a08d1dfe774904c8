"""Every page there is, and every page that says what went wrong: read by axe, weighed, measured, at both widths."""

import gzip
from urllib.parse import urlsplit

from playwright.async_api import Page, Response

from services.console.app import PAGES
from tests.console.looks import (
    LARGEST,
    WIDTHS,
    at_each_width,
    axe,
    names_stand_alone,
    off_centre,
    remembers_nothing,
    screenshot,
    too_small,
)
from tests.console.walk.conftest import StoryCrew
from tests.console.walk.look import narrow
from tests.console.walk.places import furnish
from tests.console.walk.refusals import Sheet, refused, sheets
from tests.console.walk.stops import STOPS

SECONDS_A_TEST = 900


def route_of(path: str) -> str | None:
    """Return the route that answers at this path, by the order of the console's own list."""
    for route in (route for group in PAGES for route in group.routes):
        if "GET" in (route.methods or ()) and route.path_regex.match(path):
            return route.path_format
    return None


async def seen(page: Page, answer: Response | None, name: str, status: int = 200) -> None:
    assert answer is not None and answer.status == status, f"{page.url}: {answer and answer.status}"
    assert len(gzip.compress(await answer.body())) < LARGEST, page.url
    await read_and_measured(page, name)


async def read_and_measured(page: Page, name: str) -> None:
    async for _ in at_each_width(page):
        await axe(page)
        await narrow(page)
        await screenshot(page, name)


async def on_a_phone(page: Page) -> list[str]:
    """Return what is too small for a thumb on a phone, or askew; also what is folded, once it is opened."""
    small = list[str]()
    async for width in at_each_width(page):
        if width == min(WIDTHS):
            await page.eval_on_selector_all("details:not([open])", _OPEN)
            small = [*await too_small(page), *(f"label not in the middle: {one}" for one in await off_centre(page))]
            await page.eval_on_selector_all("details[data-opened]", _CLOSE)
    return small


_OPEN = "all => all.forEach(one => { one.open = true; one.dataset.opened = '' })"
_CLOSE = "all => all.forEach(one => { one.open = false; delete one.dataset.opened })"


async def no_dead_ends(page: Page) -> None:
    """Every link of ours leads to a page that there is."""
    links = await page.eval_on_selector_all("a[href^='/']", "all => all.map(one => one.getAttribute('href'))")
    assert links, f"{page.url} leads nowhere"
    lost = {link for link in links if route_of(urlsplit(link).path) is None}
    assert not lost, f"{page.url} leads to {lost}, where nothing is"


async def test_every_page_can_be_read_by_all_and_is_small(crew: StoryCrew) -> None:
    places = await furnish(crew)
    names = [row["alias"] for row in await crew.scene.worker.every("intake", "/people")]
    forms: list[tuple[Page, Sheet]] = []
    small: dict[str, str] = {}
    pages = {role: await crew.page(role) for role in (None, "worker", "supervisor", "guardian", "admin")}
    for stop in STOPS:
        page, address = pages[stop.role], stop.address.format_map(places)
        answer = await page.goto(address)
        path = address.partition("?")[0]
        assert page.url == crew.home.url + address, f"{address} led to {page.url}"
        assert route_of(path) == stop.route, f"{address} is not shown by {stop.route}"
        await seen(page, answer, stop.picture)
        small |= {what: address for what in await on_a_phone(page)}
        await no_dead_ends(page)
        await remembers_nothing(page)
        await names_stand_alone(page, names)
        forms += [(page, sheet) for sheet in await sheets(page, stop.role)]
    found = [await refused(page, sheet, typed) for typed in ("", "nonsense") for page, sheet in forms]
    assert not small, "too small for a thumb, or askew:\n" + "\n".join(
        f"{what} on {where}" for what, where in small.items()
    )
    assert sum(found) > len(forms) / 2, f"{sum(found)} refusals of {len(forms)} forms"


async def test_what_went_wrong_is_a_page_like_any_other(crew: StoryCrew) -> None:
    page = await crew.page("worker")
    await seen(page, await page.goto("/nowhere"), "wrong-nothing-here", 404)
    await seen(page, await page.goto("/admin"), "wrong-not-your-role", 403)
    await page.goto("/people/new")
    await page.click("main button")
    await page.wait_for_selector(".nhsuk-error-summary")
    await read_and_measured(page, "wrong-something-missing")
    supervisor = crew.home.stack.supervisor
    program = supervisor.children["intake"].program
    await supervisor.stop("intake")
    try:
        await seen(page, await page.goto("/people"), "wrong-a-part-is-away", 503)
    finally:
        await supervisor.start(program)
    # Not a form whose words a phone keeps, for no page follows that: tests/console/people/test_outbox.py.
    person = await crew.scene.register("Anton (synthetic)")
    await page.goto(f"/people/{person}/safe-contact")
    await crew.home.idle(crew.sign_in("worker"))
    await page.fill("[name=when]", "mornings (synthetic)")
    async with page.expect_navigation() as sent:
        await page.click("main button:has-text('Save')")
    await seen(page, await (await sent.value).request.response(), "wrong-session-over", 401)
    await seen(page, await page.goto("/today"), "wrong-locked", 401)
