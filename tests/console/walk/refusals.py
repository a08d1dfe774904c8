"""Every form of the round, sent empty and sent with nonsense: what the page then says is for people."""

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit
from uuid import uuid4

from playwright.async_api import Page

from tests.words import faults

_FORMS = """() => [...document.querySelectorAll("main form[method=post]")].map((form) => [
  form.getAttribute("action"),
  Object.fromEntries([...form.querySelectorAll("input[type=hidden]")].map((one) => [one.name, one.value])),
  [...form.querySelectorAll("input:not([type=hidden]), select, textarea")].map((one) => one.name),
])"""
# Signing in and passwords: too many attempts would shut the account of the round.
_NOT_SENT = ("/sign-in", "/begin", "/account/password", "/r/", "/practice")
# What only a program understands.
_FOR_PROGRAMS = re.compile(
    r"UUID|\bitems\b|JSON|ISO 8601|must match|is required|is not valid|shape|['\"\u2018\u201c]\w+['\"\u2019\u201d]|None"
)


@dataclass(frozen=True)
class Sheet:
    """A form as a page showed it."""

    role: str
    to: str
    hidden: dict[str, str]
    fields: list[str]


async def sheets(page: Page, role: str | None) -> list[Sheet]:
    """Return the forms of this page that have something to fill in."""
    found: list[Sheet] = []
    for to, hidden, fields in await page.evaluate(_FORMS) if role else []:
        if to and fields and not to.startswith(_NOT_SENT):
            found.append(Sheet(role or "", to, hidden, fields))
    return found


async def refused(page: Page, sheet: Sheet, typed: str) -> bool:
    """Send the form with this in every field. Return whether it was refused, in words that help."""
    sent = {**sheet.hidden, **dict.fromkeys(sheet.fields, typed), "once": str(uuid4())}
    parts = urlsplit(page.url)
    origin = f"{parts.scheme}://{parts.netloc}"
    answer = await page.request.post(
        origin + sheet.to, form=sent, headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"}, max_redirects=0
    )
    assert answer.status < 500, f"{sheet.to} with {typed!r}: {answer.status}"
    if answer.status != 422:
        return False
    told = _told(await answer.text())
    assert told, f"{sheet.to} with {typed!r}: 422 without a word"
    for line, leads in told:
        wrong = [hit[0] for hit in [_FOR_PROGRAMS.search(line)] if hit] + faults(line)
        assert not wrong, f"{sheet.to} with {typed!r}: {line} ({wrong})"
        assert leads or len(told) == 1, f"{sheet.to} with {typed!r}: {line} is about no field of the page"
    assert len({leads for _, leads in told}) == len(told), f"{sheet.to}: two errors for one field: {told}"
    return True


def _told(html: str) -> list[tuple[str, str]]:
    """Return each error of the summary with the field that it leads to; of a page without fields what it says."""
    summary = re.search(r'nhsuk-error-summary__list">(.*?)</ul>', html, re.DOTALL)
    if summary is None:
        return [(_text(line), "") for line in re.findall(r"<h1>.*?</h1>\s*<p>(.*?)</p>", html, re.DOTALL)]
    lines = re.findall(r"<li>(.*?)</li>", summary[1], re.DOTALL)
    return [(_text(line), next(iter(re.findall(r'href="(#[^"]*)"', line)), "")) for line in lines]


def _text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())
