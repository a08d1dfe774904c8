"""The look of an organisation: its name and one colour, on which white text must be readable. Pure."""

import re
from dataclasses import dataclass

PRODUCT = "Alongside"
# WCAG AA for text. The palest ground that text in this colour stands on is that of our pages, not white.
LEAST, GROUND = 4.5, "#f0f4f5"
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_SETTING = "ALONGSIDE_ORGANISATION_COLOUR"


class BadColour(ValueError):
    """A colour that is none, or in which nobody could read; the message says what to do."""


@dataclass(frozen=True)
class Brand:
    """Name whom these pages belong to."""

    name: str
    colour: str
    phone: str  # the switchboard, never a worker's own number
    website: str  # where that number can be checked, without https://

    @property
    def known(self) -> bool:
        """Return whether an organisation is named."""
        return self.name != PRODUCT

    @property
    def mark(self) -> str:
        """Return the initials that stand for the name where there is no room."""
        return "".join(word[0] for word in self.name.split() if word[0].isalnum())[:2].upper() or "A"

    @property
    def sheet(self) -> str:
        """Return the style sheet that holds the colour: no page may carry a style of its own."""
        return f":root {{ --organisation: {self.colour}; --organisation-dark: {darker(self.colour)}; }}\n"


def brand(name: str, colour: str, phone: str = "", website: str = "") -> Brand:
    """Return the brand. Raise BadColour when white text on the colour, or the colour on our pages, is not readable."""
    colour = colour.strip().lower()
    if not _COLOUR.fullmatch(colour):
        raise BadColour(f"{_SETTING} is no colour: write it as #rrggbb, such as #14505c")
    found = contrast(colour, GROUND)
    if found < LEAST:
        raise BadColour(
            f"{_SETTING} is too pale: its contrast with our pages is {found:.1f} to 1 and must be {LEAST} to 1 at least"
            " (WCAG AA), or people cannot read; choose a darker colour"
        )
    site = website.strip().removeprefix("https://").removeprefix("http://").strip("/")
    return Brand(name.strip() or PRODUCT, colour, phone.strip(), site)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def darker(colour: str) -> str:
    """Return the colour for pressed buttons and edges."""
    return "#" + "".join(f"{part * 6 // 10:02x}" for part in _parts(colour))


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _parts(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return red, green, blue
