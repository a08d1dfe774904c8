"""Pictures of pages of a running stack: `python -m tests.console.look URL PASSWORD ROLE PATH...`, at both widths.

With `alongside up --demo` running; the pictures go to `screenshots/`, and what axe finds is printed.
"""

import asyncio
import sys

from playwright.async_api import async_playwright

from tests.browser import FLAGS, executable
from tests.console.looks import Watch, axe, picture


async def main(url: str, password: str, role: str, *paths: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        for width in (360, 1280):
            page = await browser.new_page(base_url=url, viewport={"width": width, "height": 800})
            watch = Watch(page, url)
            if role != "-":
                await page.goto("/sign-in")
                await page.fill("[name=sign_in]", role)
                await page.fill("[name=password]", password)
                await page.click("main button")
            for path in paths:
                await page.goto(path)
                print(await picture(page, path.strip("/").replace("/", "-") or "start"))
                try:
                    await axe(page)
                    watch.check()
                except AssertionError as error:
                    print(error)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
