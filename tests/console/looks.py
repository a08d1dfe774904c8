"""Looking at a page as a test: is it accessible, did it ask another host, how large is it, what does it look like."""

import os
import re
from collections.abc import AsyncIterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import FloatRect, Page, Request, Response, ViewportSize

from services.console.assets.build import MODULES
from tests.words import of_all

ROOT = Path(__file__).parent.parent.parent
SCREENSHOTS = Path(os.environ.get("ALONGSIDE_SCREENSHOTS") or ROOT / "screenshots")
# A picture of a whole page takes as long as all else that is looked at, so only who wants them has them taken.
WANTED = "ALONGSIDE_SCREENSHOTS" in os.environ
WIDTHS = (360, 1280)
# WCAG 2.2 AA, and what axe knows beyond it to be good practice.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


# Every rule of the tags on every element; but of what is as it should be, no account is made.
RUN_AXE = """async (tags) => {
  const how = {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"], selectors: false};
  const {violations} = await axe.run(document, how);
  return {violations};
}"""


@cache
def _axe_core() -> str:
    return (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


# What the page itself says, a line for each block: not what somebody typed, nor names.
_SAID = """() => {
  const typed = "script, style, code, textarea, bdi, blockquote, [dir=auto], .console-plain, .said-here, .plan-words, "
    + ".plan-sentence, .agency-mail, [data-typed]";
  const blocks = "p, li, dt, dd, td, th, h1, h2, h3, h4, label, legend, button, option, summary, div, title, text";
  const said = [document.title];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let before = null;
  while (texts.nextNode()) {
    const text = texts.currentNode, block = text.parentElement.closest(blocks);
    const shown = text.parentElement.closest(typed) ? "..." : text.data.replace(/\u2068[^\u2069]*\u2069/g, "...");
    if (block === before) said[said.length - 1] += shown; else said.push(shown);
    before = block;
  }
  for (const one of document.querySelectorAll("[aria-label], [title], [placeholder]"))
    for (const name of ["aria-label", "title", "placeholder"]) said.push(one.getAttribute(name) || "");
  return said.map((one) => one.trim()).filter((one) => one);
}"""


async def in_our_words(page: Page) -> None:
    """The page says no word that docs/terms.md has another word for, and no code."""
    said: list[str] = await page.evaluate(_SAID)
    assert not (wrong := of_all((page.url, text) for text in said)), "\n".join(wrong)


# A tag whose colour means something says one of these; every other is a state, and has none (web/tags.py).
_MEANT = {
    "red": r"Late|\d+ days? late|Overdue|Waiting too long|Next step is late|Needs help|Urgent|Say nothing|Not taken",
    "orange": r"Today|Due today|Proposed|The person does not know yet",
    "green": r"Done|Opened|Completed",
    "white": r"",
}
_TAGS = """() => [...document.querySelectorAll(".nhsuk-tag")].filter((one) => one.checkVisibility())
  .map((one) => [one.textContent.trim(), (/nhsuk-tag--(\\w+)/.exec(one.className) || ["", ""])[1]])"""


async def in_one_meaning(page: Page) -> None:
    """Each colour of a tag means one thing, and says which."""
    tags: list[list[str]] = await page.evaluate(_TAGS)
    wrong = [
        f"{colour or 'no colour'}: {text}" for text, colour in tags if not re.match(_MEANT.get(colour, "$."), text)
    ]
    assert not wrong, f"{page.url}: a tag has a colour that does not mean this\n" + "\n".join(wrong)


async def axe(page: Page, *, but: str = "") -> None:
    """No violation on the page as it is now, no word that is not ours, and no colour that means something else.

    `but` is a rule that the page, as it is scrolled now, need not keep.
    """
    # Scripts that arrange the page have run by then: between, it is neither one thing nor the other.
    await page.wait_for_load_state()
    await in_our_words(page)
    await in_one_meaning(page)
    # Evaluated through the debugger, so the page's own policy stays as strict as it is.
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_axe_core())
    found: dict[str, Any] = await page.evaluate(RUN_AXE, TAGS)
    told = [
        f"{one['id']}: {one['help']}\n    " + "\n    ".join(node["html"][:200] for node in one["nodes"][:3])
        for one in found["violations"]
        if one["id"] != but
    ]
    assert not told, f"{page.url}\n" + "\n".join(told)


# Scripts that arrange a page by its width do so before it is next painted.
ARRANGED = """async (width) => {
  const painted = () => new Promise((done) => requestAnimationFrame(done));
  while (innerWidth !== width) await painted();
  await painted();
  await painted();
}"""


async def at_each_width(page: Page, script: bool = True) -> AsyncIterator[int]:
    """Yield after showing the page at each width, on a phone and at a desk, and then as it was."""
    was = page.viewport_size
    assert was is not None
    for width in sorted(WIDTHS, key=lambda width: width != was["width"]):
        await _resized(page, {**was, "width": width}, script)
        yield width
    await _resized(page, was, script)


async def looked_at(page: Page, name: str = "") -> None:
    """No violation at either width; with a name also its picture."""
    async for _ in at_each_width(page):
        await axe(page)
        if name:
            await screenshot(page, name)


async def _resized(page: Page, size: ViewportSize, script: bool) -> None:
    if page.viewport_size != size:
        await page.set_viewport_size(size)
        if script:
            await page.evaluate(ARRANGED, size["width"])


# What a thumb presses: every button, field and summary, and every link that is a thing of its own; not one within a
# sentence. A field may be smaller than its label, which is pressed as well. What only a focus shows is for keys.
_SMALL = """(least) => [
  ...document.querySelectorAll("a[href], button, summary, select, input, textarea"),
].filter((one) => {
  if (one.type === "hidden" || !one.checkVisibility({visibilityProperty: true})) return false;
  if (one.closest(".nhsuk-skip-link, .nhsuk-u-visually-hidden, .nhsuk-error-summary")) return false;
  if (one.matches("a") && !one.closest("svg") && getComputedStyle(one).display === "inline") return false;
  const boxes = [one, ...(one.labels || [])].map((each) => each.getBoundingClientRect());
  const size = (side) => Math.max(...boxes.map((box) => box[side]));
  return size("height") < least || size("width") < least;
}).map((one) => `${one.tagName.toLowerCase()}.${one.getAttribute("class")}: ${one.textContent.trim().slice(0, 40)}`
  + ` ${Math.round(one.getBoundingClientRect().width)}x${Math.round(one.getBoundingClientRect().height)}`)"""
# In pixels of the sheet, to a rounding.
LEAST = 43.5


async def too_small(page: Page) -> list[str]:
    """Return what a thumb would miss on the page as it is shown now."""
    return list(await page.evaluate(_SMALL, LEAST))


_OFF_CENTRE = """() => [
  ...document.querySelectorAll(".nhsuk-button, .console-banner__button, .board-chip"),
].filter((one) => {
  if (!one.checkVisibility({visibilityProperty: true})) return false;
  const texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT), shown = [], words = document.createRange();
  while (texts.nextNode()) {
    if (texts.currentNode.parentElement.closest(".nhsuk-u-visually-hidden")) continue;
    words.selectNodeContents(texts.currentNode);
    shown.push(...words.getClientRects());
  }
  if (!shown.length) return false;
  const top = Math.min(...shown.map((box) => box.top)), bottom = Math.max(...shown.map((box) => box.bottom));
  const box = one.getBoundingClientRect();
  return Math.abs((top + bottom) / 2 - (box.top + box.bottom) / 2) > 2;
}).map((one) => `${one.getAttribute("class")}: ${one.textContent.trim().slice(0, 40)}`)"""


async def off_centre(page: Page) -> list[str]:
    """Return the buttons whose label does not stand at half their height."""
    return list(await page.evaluate(_OFF_CENTRE))


# What a browser may offer: only what somebody signs in with. Anything else may be about another person.
_REMEMBERED = """() => [...document.querySelectorAll("form, input, textarea, select")].filter((one) => {
  if (["hidden", "checkbox", "radio", "submit", "button"].includes(one.type)) return false;
  if (one.matches("form")) return one.getAttribute("autocomplete") !== "off" && !one.querySelector("[type=password]");
  const signs_in = ["username", "current-password", "new-password", "name"];
  const own = location.pathname.match(/^\\/(sign-in|begin|account|unlock)/) || one.closest("[data-lock]");
  const given = one.getAttribute("autocomplete");
  return given !== "off" && !(own && signs_in.includes(given));
}).map((one) => one.outerHTML.slice(0, 120))"""


async def remembers_nothing(page: Page) -> None:
    """No browser offers in this page's fields what was typed about somebody else."""
    found = await page.evaluate(_REMEMBERED)
    assert not found, f"{page.url}: a browser would remember what is typed into\n" + "\n".join(found)


_BARE_NAMES = """(names) => {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (text.parentElement.closest("bdi, script, style, textarea, [dir=auto]")) continue;
    const bare = (name) => text.data.replaceAll(`\\u2068${name}\\u2069`, "").includes(name);
    if (names.some(bare)) found.push(text.data);
  }
  for (const name of names) if (document.title.includes(name)) found.push(`title: ${document.title}`);
  for (const one of document.querySelectorAll("*"))
    for (const given of one.attributes) if (given.value.includes("<bdi>")) found.push(`${given.name}=${given.value}`);
  return found.map((text) => text.trim().slice(0, 120));
}"""


async def names_stand_alone(page: Page, names: Sequence[str]) -> None:
    """Each name is set apart from what stands beside it, so that one read from right to left turns nothing round."""
    found = await page.evaluate(_BARE_NAMES, list(names))
    assert not found, f"{page.url}: a name is not set apart in\n" + "\n".join(found)


async def screenshot(page: Page, name: str, part: FloatRect | None = None) -> None:
    """Take a picture, where pictures are wanted (`make screenshots`)."""
    if WANTED:
        await picture(page, name, part)


async def picture(page: Page, name: str, part: FloatRect | None = None) -> Path:
    """Save the whole page, or a part of it, as a picture under `screenshots/` (ignored by git), named by its width."""
    size = page.viewport_size
    path = SCREENSHOTS / f"{name}-{size['width'] if size else 0}.png"
    await page.screenshot(path=path, full_page=True, clip=part)
    return path


# Of a page itself, beside the style sheets and scripts that a browser keeps for ever.
# Bytes of a page, compressed, beside the shared assets: for a phone on a weak line.
LARGEST = 100_000


# Chromium and htmx report every answer that is no page, and every one that never came, as an error too; those are the
# tests' own business.
ANSWERS = ("Failed to load resource", "Response Status Error Code", "htmx:afterRequest", "htmx:sendError")


class Watch:
    """What a page asked for, and what it complained of. Wrong: another host, a policy broken, a script that failed."""

    def __init__(self, page: Page, origin: str) -> None:
        self.origin = origin
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._asked)
        page.on("response", self._answered)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("console", lambda line: self._said(line.type, line.text))

    def check(self) -> None:
        assert not self.elsewhere, f"asked another host: {self.elsewhere}"
        assert not self.complaints, "\n".join(self.complaints)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.origin + "/", "data:", "about:", "blob:")):
            self.elsewhere.append(request.url)

    def _answered(self, response: Response) -> None:
        if response.status == 404 and "/assets/" in response.url:
            self.complaints.append(f"no such asset: {response.url}")

    def _said(self, kind: str, text: str) -> None:
        if kind == "error" and not any(told in text for told in ANSWERS):
            self.complaints.append(text)
