"""Every page says who may open it, and only these are open to the world."""

import re
from pathlib import Path

from starlette.routing import Route

from services.console.app import PAGES
from services.console.web.pages import ANYBODY, PUBLIC, PageRoute
from tests.console.walk.stops import NO_PAGES, STOPS
from tests.house.source import calls, files

# Signing in; an agency answering, without an account; the scripts that keep what was written while there is no network.
OPEN_TO_ALL = ("/sign-in", "/sign-out", "/signed-out", "/begin", "/unlock", "/r", "/r{tail}", "/sw.js", "/no-line")


def test_every_page_names_its_roles() -> None:
    routes = [route for group in PAGES for route in group.routes]
    assert len(routes) > 20
    for route in routes:
        where = f"{sorted(route.methods or ())} {route.path_format}"
        if route.allow is PUBLIC:
            begins = [one for one in OPEN_TO_ALL if f"{route.path_format}/".startswith(f"{one}/")]
            assert begins, f"{where} is open to the world"
        else:
            assert route.allow and route.allow <= ANYBODY, where


def test_no_two_pages_share_an_address() -> None:
    seen: set[tuple[str, str]] = set()
    for route in (route for group in PAGES for route in group.routes):
        for method in route.methods or ():
            assert (method, route.path_format) not in seen, f"{method} {route.path_format}"
            seen.add((method, route.path_format))


def test_every_page_is_a_stop_of_the_round() -> None:
    """What tests/console/walk/test_every_page.py does not meet is not known to be readable by all, nor small."""
    there = {route.path_format for group in PAGES for route in group.routes if "GET" in (route.methods or ())}
    met = {stop.route for stop in STOPS}
    assert not (missing := there - met - set(NO_PAGES)), f"no stop in tests/console/walk/stops.py: {missing}"
    assert not (gone := (met | set(NO_PAGES)) - there), f"tests/console/walk/stops.py, but no page: {gone}"


def test_pages_are_made_by_pages_alone() -> None:
    """A route made otherwise has no guard. The assets, which hold nothing of anybody's, are the one exception."""
    made = [
        f"{path}:{node.lineno}"
        for path in files("services/console")
        for node, name in calls(path)
        if name.rpartition(".")[2] in ("APIRoute", "APIRouter", "Mount", Route.__name__, PageRoute.__name__)
    ]
    assert sorted(place.partition(":")[0] for place in made) == [
        "services/console/app.py",
        "services/console/web/pages.py",
    ]


def test_no_template_marks_anything_safe() -> None:
    for path in Path("services/console").rglob("*.html"):
        if "node_modules" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        for word in ("|safe", "| safe", "autoescape false", " style=", " onclick=", "javascript:", "<script>"):
            assert word not in text, f"{path}: {word}"


def test_what_a_page_asks_by_itself_says_so() -> None:
    """Else a page that was left alone would never be locked."""
    met = 0
    for path in Path("services/console").rglob("templates/**/*.html"):
        for tag, trigger in re.findall(r'(<[^>]*\bhx-trigger="([^"]*)"[^>]*>)', path.read_text(encoding="utf-8")):
            if re.search(r"\b(every |sse:)", trigger):
                met += 1
                assert """hx-headers='{"X-By-Itself": "yes"}'""" in tag, f"{path}: {trigger}"
    assert met
