"""The documents lead to what there is, and the pictures of the ten changes are all there and small."""

import re
from pathlib import Path

import pytest

from tests.console.walk.before_after import DOCUMENT, IMAGES, WIDTHS, document, file_name
from tests.console.walk.changes import CHANGES

ROOT = Path(__file__).parents[2]
LARGEST = 2_000_000
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_to_a_file(path: Path) -> None:
    lost = [link for link in _LINK.findall(path.read_text("utf-8")) if not (path.parent / link).exists()]
    assert not lost


def test_each_change_is_shown_before_and_after_at_both_widths() -> None:
    assert len(CHANGES) == 10
    assert DOCUMENT.read_text("utf-8") == document(), "python -m tests.console.walk.gallery --images writes it"
    wanted = {file_name(change, width) for change in CHANGES for width in WIDTHS}
    for when in ("before", "after"):
        assert {path.name for path in (IMAGES / when).iterdir()} == wanted
    assert sum(path.stat().st_size for path in IMAGES.rglob("*") if path.is_file()) < LARGEST
