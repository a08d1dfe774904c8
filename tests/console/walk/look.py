"""Looking round on the way: every page that a story meets is read by axe, kept narrow, and kept as a picture."""

from playwright.async_api import Page

from tests.console.looks import axe, screenshot


class Look:
    """`await look(page, "his-file")`: the next picture of this story; with `front` also one of what a screen shows."""

    def __init__(self, story: str, *, script: bool = True) -> None:
        self.story, self.script, self.seen = story, script, 0

    async def __call__(self, page: Page, name: str, *, front: bool = False) -> None:
        self.seen += 1
        # axe is a script itself.
        if self.script:
            await axe(page)
            await narrow(page)
        await screenshot(page, f"{self.story}-{self.seen:02}-{name}")
        if front:
            await screenshot(page, f"front-{self.story}-{name}", whole=False)


async def narrow(page: Page) -> None:
    """Nothing stands out to the side of the screen."""
    size = page.viewport_size
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert size is not None and wide <= size["width"], f"{page.url} is {wide} wide"
