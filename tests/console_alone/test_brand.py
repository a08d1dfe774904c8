"""Whose pages these are: an organisation's name and colour at the top, and nobody else's."""

import re

import pytest

from shared.process import StartRefused
from tests.console_alone.conftest import MakeConsole

OURS = {
    "organisation_name": "Synthetic Outreach",
    "organisation_phone": "020 7946 0100",
    "organisation_website": "https://outreach.example.org",
    "organisation_colour": "#8a1538",
    "contact_phone": "020 7946 0101",
}


async def test_a_service_reads_who_asks_and_how_to_check_it(console: MakeConsole) -> None:
    hand = await console(**OURS)
    page = (await hand.get("/r")).text
    assert "<title>Answer about a reference - Synthetic Outreach</title>" in page
    assert "look up our switchboard on outreach.example.org: 020 7946 0100" in " ".join(page.split())
    assert 'href="https://outreach' not in page, "who checks looks it up: a link of ours proves nothing"
    assert "on <strong>020 7946 0101</strong>" in page
    assert '<meta name="theme-color" content="#8a1538">' in page
    sheet = re.search(r"/assets/organisation\.\w+\.css", page)
    assert sheet is not None
    served = await hand.get(sheet[0])
    assert "--organisation: #8a1538;" in served.text and served.headers["content-type"].startswith("text/css")
    assert "immutable" in served.headers["cache-control"]


async def test_without_a_name_the_pages_are_the_products(console: MakeConsole) -> None:
    page = (await (await console()).get("/sign-in")).text
    assert "Sign in - Alongside</title>" in page
    assert not re.search(r"\bNHS\b|GOV\.UK|crown", re.sub(r"nhsuk", "", page))


@pytest.mark.parametrize("colour", ["#ffcc00", "teal"])
async def test_a_colour_that_cannot_be_read_stops_the_start(console: MakeConsole, colour: str) -> None:
    with pytest.raises(StartRefused, match="ALONGSIDE_ORGANISATION_COLOUR"):
        await console(**{**OURS, "organisation_colour": colour})
