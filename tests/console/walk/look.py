"""Checks on the way: every page of a story is read by axe, kept narrow, and saved as a picture, at both widths."""

from playwright.async_api import FloatRect, Page

from tests.console.looks import at_each_width, axe, screenshot


class Look:
    """`await look(page, "the-file")`: the next picture of this story; with `front` also one of how it begins."""

    def __init__(self, story: str, *, script: bool = True) -> None:
        self.story, self.script, self.seen = story, script, 0

    async def __call__(self, page: Page, name: str, *, front: bool = False) -> None:
        self.seen += 1
        async for _ in at_each_width(page, self.script):
            # axe is a script itself.
            if self.script:
                await axe(page)
                await narrow(page)
            await screenshot(page, f"{self.story}-{self.seen:02}-{name}")
            if front:
                await screenshot(page, f"front-{self.story}-{name}", await beginning(page))


async def beginning(page: Page) -> FloatRect:
    """Return the area of the first screen of the page's content, below its header."""
    size, box = page.viewport_size, await page.locator("main").bounding_box()
    assert size is not None and box is not None
    # The box is told from where the page is scrolled to, the picture is taken of the whole.
    top = box["y"] + await page.evaluate("window.scrollY")
    return {"x": 0, "y": top, "width": size["width"], "height": min(size["height"] - 60, box["height"])}


async def narrow(page: Page) -> None:
    """Nothing stands out to the side of the screen."""
    size = page.viewport_size
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert size is not None and wide <= size["width"], f"{page.url} is {wide} wide"
