"""A page to leaf through the pictures that the walks took; `make screenshots` writes it last.

`python -m tests.console.walk.gallery --images` also puts into docs/images the handful that the README shows,
and the ten changes as they are now.
"""

import os
import re
import shutil
import sys
from html import escape
from pathlib import Path

from tests.console.looks import SCREENSHOTS
from tests.console.walk.before_after import DOCUMENT, IMAGES, WIDTHS, cut_all, document, file_name
from tests.console.walk.changes import CHANGES

# What the beginning of a picture's name says, in the order of the page.
PARTS = (
    ("main-job", "The main job, from a first meeting to a closed plan"),
    ("page", "Every page"),
    ("agency", "What a service sees"),
    ("mail", "What a service wrote"),
    ("wrong", "When something is wrong"),
    ("without-script", "The same without JavaScript"),
)
CUT = SCREENSHOTS / "changes"
# What the README shows: screens of the walk, by their names there.
SHOWN = {
    "contact": "front-main-job-log-a-contact-360",
    "preview": "front-main-job-preview-360",
    "today": "front-main-job-today-ring-360",
    "agency": "front-main-job-agency-answer-360",
    "board": "front-main-job-board-waiting-too-long-1280",
    "why": "front-main-job-why-it-waits-1280",
}
NAME = re.compile(r"(?P<name>.+)-(?P<width>\d+)\.png")

HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Alongside, page by page</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 1rem/1.5 sans-serif; margin: 2rem auto; max-width: 100rem; padding: 0 1rem; }
nav a { margin-right: 1.5rem; }
section { border-top: 1px solid #aeb7bd; padding-top: 1rem; }
.pictures { align-items: start; display: grid; gap: 1rem; grid-template-columns: 1fr 3.6fr; margin-bottom: 3rem; }
.change { grid-template-columns: 1fr 1fr 2.4fr 2.4fr; }
img { border: 1px solid #aeb7bd; max-width: 100%; }
</style></head><body>
<h1>Alongside, page by page</h1>
<p>On a phone (360 px) and at a desk (1280 px). Everybody here is made up (synthetic).</p>
"""


def taken(folder: Path) -> dict[str, dict[int, str]]:
    """File names by picture and width."""
    found: dict[str, dict[int, str]] = {}
    for path in sorted(folder.glob("*.png")):
        if named := NAME.fullmatch(path.name):
            found.setdefault(named["name"], {})[int(named["width"])] = path.name
    return found


def page_of(pictures: dict[str, dict[int, str]]) -> str:
    """Return the whole page; pictures that belong to no part are left out."""
    parts = [(prefix, title, [name for name in pictures if name.startswith(prefix)]) for prefix, title in PARTS]
    parts = [part for part in parts if part[2]]
    links = " ".join(f'<a href="#{prefix}">{escape(title)} ({len(names)})</a>' for prefix, title, names in parts)
    links = f'<a href="#changes">Ten changes, before and after</a> {links}'
    shown = "\n".join(_part(*part, pictures) for part in parts)
    return f"{HEAD}<nav>{links}</nav>\n{_changes()}\n{shown}\n</body></html>\n"


def _changes() -> str:
    """Return the ten changes: before and after on a phone, then at a desk."""
    before = os.path.relpath(IMAGES / "before", SCREENSHOTS)
    parts = [
        f"<h3>{number}. {escape(change.title)}</h3><p>{escape(change.says)}</p>"
        + '<div class="pictures change">'
        + "".join(
            f'<a href="{folder}/{file}"><img src="{folder}/{file}" alt="{change.name}, {when}" loading="lazy"></a>'
            for file in (file_name(change, width) for width in WIDTHS)
            for when, folder in (("before", before), ("after", CUT.name))
        )
        + "</div>"
        for number, change in enumerate(CHANGES, 1)
    ]
    return '<section id="changes"><h2>Ten changes, before and after</h2>' + "".join(parts) + "</section>"


def _part(prefix: str, title: str, names: list[str], pictures: dict[str, dict[int, str]]) -> str:
    return f'<section id="{prefix}"><h2>{escape(title)}</h2>' + "".join(
        f'<h3 id="{escape(name)}">{escape(name.removeprefix(prefix).strip("-").replace("-", " ").capitalize())}</h3>'
        f'<div class="pictures">{_pictures(name, pictures[name])}</div>'
        for name in names
    ) + "</section>"  # fmt: skip


def _pictures(name: str, by_width: dict[int, str]) -> str:
    return "".join(
        f'<a href="{escape(by_width[width])}"><img src="{escape(by_width[width])}" alt="{escape(name)} at {width} px"'
        ' loading="lazy"></a>'
        if width in by_width
        else "<span></span>"
        for width in WIDTHS
    )


def main() -> None:
    pictures = taken(SCREENSHOTS)
    if not pictures:
        sys.exit(f"no pictures in {SCREENSHOTS}: run `make screenshots`")
    cut_all(SCREENSHOTS, CUT)
    index = SCREENSHOTS / "index.html"
    index.write_text(page_of(pictures), encoding="utf-8")
    print(f"{sum(len(widths) for widths in pictures.values())} pictures: {index}")
    if "--images" in sys.argv:
        for name, picture in SHOWN.items():
            shutil.copyfile(SCREENSHOTS / f"{picture}.png", IMAGES / f"{name}.png")
        shutil.copytree(CUT, IMAGES / "after", dirs_exist_ok=True)
        DOCUMENT.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
