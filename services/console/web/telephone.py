"""Numbers to ring: what a phone dials, and the note beside each. Every `tel:` link is written here."""

import re
from collections.abc import Sequence
from typing import Any

import phonenumbers
from markupsafe import Markup
from phonenumbers import PhoneNumberFormat

from shared.telephone import REGION, SHORTEST, read

_SHORT = re.compile(r"[\d ]{3,8}")  # 111, 116 123, 999: dialled as they are


def dial(written: str | None) -> str | None:
    """Return what a phone dials: the first number in the text, with its extension. None if there is none."""
    text = (written or "").strip()
    number = text if _SHORT.fullmatch(text) else next((each.number for each in read(text)), "")
    digits = re.sub(r"\D", "", number)
    if len(digits) < SHORTEST:
        return f"tel:{digits}" if digits else None
    try:
        return phonenumbers.format_number(phonenumbers.parse(number, REGION), PhoneNumberFormat.RFC3966)
    except phonenumbers.NumberParseException:
        return f"tel:{digits}"


def ring(numbers: Sequence[Any], classes: str = "console-tap-in", say: str = "") -> Markup:
    """Return the numbers of a service as links, each with its note: "020 7946 0000 (option 2)".

    `say` stands in the first link, before its number.
    """
    return Markup(" or ").join(
        _link(each["number"], each["note"], classes, say if place == 0 else "") for place, each in enumerate(numbers)
    )


def _link(number: str, note: str | None, classes: str, say: str) -> Markup:
    text = f"{say} {number}".strip()
    to = dial(number)
    shown = Markup('<a class="{}" href="{}">{}</a>').format(classes, to, text) if to else Markup("{}").format(text)
    return shown + Markup(" ({})").format(note) if note else shown
