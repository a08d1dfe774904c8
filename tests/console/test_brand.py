"""The look of an organisation: a colour that cannot be read is refused before anybody sees it."""

import pytest

from services.console.web.brand import LEAST, BadColour, brand, contrast


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#123456", "#123456") == 1


@pytest.mark.parametrize("colour", ["#ffcc00", "#ffffff", "#767676", "#e5007d", "#00a499", "#777777"])
def test_a_colour_in_which_nobody_can_read_is_refused(colour: str) -> None:
    with pytest.raises(BadColour, match=r"ALONGSIDE_ORGANISATION_COLOUR is too pale.*WCAG AA.*darker"):
        brand("Synthetic Outreach", colour)


@pytest.mark.parametrize("colour", ["", "teal", "#fff", "14505c", "#14505g", "#14505c;}", "rgb(1,2,3)"])
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(BadColour, match="is no colour: write it as #rrggbb"):
        brand("Synthetic Outreach", colour)


@pytest.mark.parametrize("colour", ["#14505c", "#000000", "#6B2C91", " #8a1538 "])
def test_a_colour_that_can_be_read_is_the_pages_own(colour: str) -> None:
    found = brand(" Synthetic Outreach ", colour, "020 7946 0100", "https://outreach.example.org/")
    assert contrast(found.colour, "#ffffff") > contrast(found.colour, "#f0f4f5") >= LEAST
    assert f"--organisation: {found.colour};" in found.sheet
    assert (found.name, found.mark, found.known) == ("Synthetic Outreach", "SO", True)
    assert found.website == "outreach.example.org"


def test_without_an_organisation_it_is_the_product() -> None:
    found = brand("", "#14505c")
    assert (found.name, found.mark, found.known) == ("Alongside", "A", False)
