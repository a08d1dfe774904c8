"""Pictures of the ten changes: cut from those of the walks, small enough to be committed, and the page that shows them.

Those of before were cut once, from pictures of the pages as they were; those of after are cut anew each time.
"""

import base64
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests import browser as chromium
from tests.console.walk.changes import CHANGES, DESK, PHONE, Change

ROOT = Path(__file__).parents[3]
IMAGES = ROOT / "docs" / "images"
DOCUMENT = ROOT / "docs" / "gallery.md"
WIDTHS = {PHONE: "phone", DESK: "desk"}
# As wide as a picture is kept. A desk's is shown beside another one.
KEPT = {PHONE: 360, DESK: 880}

# A browser knows how to cut and compress: no package is needed for it.
_CUT = """async ([source, top, height, width]) => {
  const picture = new Image();
  picture.src = source;
  await picture.decode();
  const high = Math.min(height, picture.height - top), scale = width / picture.width;
  const cut = document.createElement("canvas");
  cut.width = width;
  cut.height = Math.round(high * scale);
  const on = cut.getContext("2d");
  on.imageSmoothingQuality = "high";
  on.drawImage(picture, 0, top, picture.width, high, 0, 0, cut.width, cut.height);
  return cut.toDataURL("image/webp", 0.72);
}"""


def file_name(change: Change, width: int) -> str:
    return f"{change.name}-{WIDTHS[width]}.webp"


def cut_all(source: Path, to: Path) -> int:
    """Cut every change out of the pictures in `source`, and return how many there are."""
    to.mkdir(parents=True, exist_ok=True)
    made = 0
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.FLAGS)
        page = opened.new_page()
        for change in CHANGES:
            for width, (top, height) in change.parts.items():
                for found in sorted(source.glob(f"{change.picture}-{width}.png"))[:1]:
                    (to / file_name(change, width)).write_bytes(_cut(page, found, top, height, KEPT[width]))
                    made += 1
        opened.close()
    return made


def _cut(page: Page, picture: Path, top: int, height: int, width: int) -> bytes:
    source = "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()
    made: str = page.evaluate(_CUT, [source, top, height, width])
    return base64.b64decode(made.partition(",")[2])


def document() -> str:
    """Return docs/gallery.md: each change before and after, on a phone and at a desk."""
    parts = [
        "# Ten changes, before and after\n",
        "Pictures of the pages as they were and as they are, on a phone (360 px) and at a desk (1280 px). Everybody in"
        " them is made up (synthetic). `make screenshots` takes those of after anew, beside every other page;"
        " `python -m tests.console.walk.gallery --images` puts them here.",
    ]
    for number, change in enumerate(CHANGES, 1):
        parts.append(f"\n## {number}. {change.title}\n\n{change.says}\n\n| | before | after |\n| --- | --- | --- |")
        for width, where in WIDTHS.items():
            shown = (
                f"![{change.title}: {where}, {when}](images/{when}/{file_name(change, width)})"
                for when in ("before", "after")
            )
            parts.append(f"| {where} | " + " | ".join(shown) + " |")
    return "\n".join(parts) + "\n"
