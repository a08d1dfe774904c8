"""In production nothing travels in the clear."""

import pytest

from shared.process import StartRefused
from tests.console_alone.conftest import PASSWORD, MakeConsole

HTTPS = {"mode": "production", "console_url": "https://console.synthetic.invalid", "practice_clock_file": None}


async def test_it_does_not_start_without_the_key_that_signs(console: MakeConsole) -> None:
    with pytest.raises(StartRefused, match="ALONGSIDE_TOKEN_PRIVATE_KEY_FILE"):
        await console(**HTTPS, token_private_key_file=None)


async def test_a_request_in_the_clear_is_refused_and_no_password_taken(console: MakeConsole, hired: str) -> None:
    hand = await console("http", **HTTPS)
    for answer in (await hand.get("/sign-in"), await hand.post("/sign-in", {"sign_in": hired, "password": PASSWORD})):
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    assert (await hand.get("/healthz")).status_code == 200


async def test_behind_a_proxy_that_speaks_tls_it_serves_and_says_so_for_a_year(
    console: MakeConsole, hired: str
) -> None:
    hand = await console("https", **HTTPS)
    answer = await hand.sign_in(hired, PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    shown = await hand.get("/account")
    assert shown.status_code == 200 and "Practice:" not in shown.text


async def test_nobody_moves_time_in_production(console: MakeConsole, hired: str) -> None:
    hand = await console("https", **HTTPS)
    await hand.sign_in(hired, PASSWORD)
    await hand.get("/account")
    assert (await hand.post("/practice/jump")).status_code == 404
