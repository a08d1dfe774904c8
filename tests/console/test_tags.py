"""Tags: a state has no colour; a colour has one meaning; the three worst have a shape as well."""

import re
from pathlib import Path

import pytest

from services.console.web.components import Components
from services.console.web.tags import CLASSES, Meaning, tag


@pytest.mark.parametrize(("means", "colour"), CLASSES.items())
def test_a_colour_is_chosen_by_what_it_means(means: Meaning, colour: str) -> None:
    assert re.findall(r"nhsuk-tag--\w+", tag("Synthetic", means)) == [colour]


def test_a_state_has_no_colour_and_two_reds_are_two_reasons() -> None:
    assert CLASSES["state"] == "nhsuk-tag--white"
    assert {means for means, colour in CLASSES.items() if colour == "nhsuk-tag--red"} == {"late", "unsafe"}
    assert len(set(CLASSES.values())) == 4


@pytest.mark.parametrize("text", ["Urgent", "In prison", "In prison until Fri 11 Dec", "Out of touch"])
def test_what_is_worst_has_a_shape_of_its_own(text: str) -> None:
    drawn = tag(text)
    assert drawn.count("<svg") == 1 and 'aria-hidden="true"' in drawn and drawn.count(text) == 1
    shapes = {re.sub(r".*<svg(.*)</svg>.*", r"\1", tag(each)) for each in ("Urgent", "In prison", "Out of touch")}
    assert len(shapes) == 3
    assert "<svg" not in tag("Sent")


def test_what_somebody_wrote_is_text() -> None:
    assert "<b>" not in tag("<b>") and "&lt;b&gt;" in tag("<b>")


@pytest.mark.parametrize(
    ("colour", "means"),
    [("red", "late"), ("orange", "due"), ("green", "done"), ("blue", "state"), ("grey", "state"), ("purple", "state")],
)
def test_the_component_is_the_same_tag(colour: str, means: Meaning) -> None:
    made = Components().tag({"text": "Synthetic", "classes": f"nhsuk-tag--{colour}"})
    assert made == tag("Synthetic", means)
    assert Components().tag({"text": "Synthetic"}) == tag("Synthetic")


def test_no_template_and_no_script_colours_a_tag_by_hand() -> None:
    pages = [*Path("services/console").glob("*/templates/**/*.html"), *Path("services/console/assets/src").glob("*.js")]
    assert len(pages) > 50
    used = {(path.name, colour) for path in pages for colour in re.findall(r"nhsuk-tag--(\w+)", path.read_text())}
    assert {colour for _, colour in used} <= {"white", "red", "orange", "green"}, used
