"""Numbers to ring: what a phone dials, and what is said beside each. The one place that writes a `tel:` link."""

import re
from collections.abc import Sequence
from typing import Any

import phonenumbers
from markupsafe import Markup
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher

_REGION = "GB"
_SHORT = 6  # 111, 116 123: dialled as they are


def dial(written: str | None) -> str | None:
    """What a phone dials: the first number in what is written, with its extension. None if there is none."""
    text = written or ""
    digits = re.sub(r"\D", "", text)
    if 3 <= len(digits) <= _SHORT:
        return f"tel:{digits}"
    match = next(iter(PhoneNumberMatcher(text, _REGION, leniency=Leniency.POSSIBLE)), None)
    if match is not None:
        return phonenumbers.format_number(match.number, PhoneNumberFormat.RFC3966)
    found = re.search(r"\+?\d[\d ()./-]{5,}\d", text)
    return "tel:" + re.sub(r"[^\d+]", "", found.group()) if found else None


def ring(numbers: Sequence[Any], classes: str = "console-tap", say: str = "") -> Markup:
    """The numbers of a service as links, each with what is said beside it: "020 7946 0000 (option 2)".

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
