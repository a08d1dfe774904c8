"""Telephone numbers in free text of people and directories: the numbers to dial, and the note beside each. Pure.

Incomplete numbers are not guessed: an area code without its number belongs to nobody.
"""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher

REGION = "GB"
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
# A letter O typed for a zero, within a number or at its beginning.
_ZERO = re.compile(r"(?<![A-Za-z])[oO]+(?=\d)|(?<=\d)[oO]+(?![A-Za-z])")
_BETWEEN = r"[ ()./-]{0,3}"
# A British number has nine or ten digits after its zero; further digits belong to something else.
_WHOLE = re.compile(
    rf"(?<![\d+])(?:\(?(?:\+|00) ?44\)?{_BETWEEN}(?:\(?0\)?{_BETWEEN})?|\(?0 ?)[1-9](?:{_BETWEEN}\d){{8,9}}(?!\d)"
)
_EXTENSION = re.compile(r"[ ,;(]*(?:extension|extn|ext|x|#)[ .:]*(\d{1,6})\b\)?", re.IGNORECASE)
_LAST_PART = re.compile(r"(?: */ *| *, *| +or +)(\d{1,2}|\d{3} ?\d{3,4}|\d{4})(?![\d:.]| ?[ap]m)", re.IGNORECASE)
_TWO_NUMBERS = re.compile(r"\s*(?:[/;|,]|\bor\b|\band\b|&)\s*", re.IGNORECASE)
# A label before the number to which it belongs: "Night:", "Fax".
_BEFORE = re.compile(
    r"(?:\b(?:tel|telephone|phone|mobile|mob|fax|facsimile|text|sms|minicom|textphone|t|m|f)\b[ .:]*|[^():;,.]*: *)$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:(?:tele)?phone(?: number)?|tel(?: no)?|mob(?:ile)?|ph|p|t|m|call|ring)\b\s*[:.]*\s*(?:(?:us )?on\b)?",
    re.IGNORECASE,
)
_OPTION = re.compile(r"\b(?:option|press|ext(?:ension)?\.?|x) *\d+", re.IGNORECASE)
# "Room 101" is no number to dial.
_ROOM = re.compile(r"\b(?:room|flat|floor|unit|suite|no|number) *$", re.IGNORECASE)
_DATE = re.compile(r"(?<!\d)\d{1,2}[/.]\d{1,2}[/.]\d{2,4}(?!\d)")
_EMERGENCY = frozenset({"999", "112", "911"})
SHORTEST, _FEWEST_OF_TWO = 7, 14


@dataclass(frozen=True)
class Number:
    """A number that a person can dial, and the note beside it ("freephone", "option 2")."""

    number: str
    note: str | None = None


def read(text: str) -> list[Number]:
    """Return the numbers in a line; empty when there is none to dial."""
    text = unicodedata.normalize("NFKC", text)
    text = _ZERO.sub(lambda found: "0" * len(found.group()), _DASHES.sub("-", "".join(map(_visible, text))))
    text = _DATE.sub(lambda found: " " * len(found.group()), text) if _digits(text) < _FEWEST_OF_TWO else text
    return list(dict.fromkeys(_whole(text) or _others(text)))


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    return "" if category == "Cf" else str(unicodedata.decimal(char)) if category == "Nd" else char


def _whole(text: str) -> list[Number]:
    """Return the British numbers that are written in full, each with the text around it as its note."""
    found: list[Number] = []
    end, before = 0, ""
    for match in _WHOLE.finditer(text):
        gap = text[end : match.start()]
        led = _BEFORE.search(gap) if found else None
        if found:
            found[-1] = _with(found[-1], gap[: led.start()] if led else gap)
        before = gap if not found else led.group() if led else ""
        number, end = _written(match.group()), match.end()
        if extension := _EXTENSION.match(text, end):
            number, end = f"{number} ext. {extension[1]}", extension.end()
        found.append(Number(number, _beside(before)))
        while more := _LAST_PART.match(text, end):
            digits, last = re.sub(r"\D", "", match.group()), more[1].replace(" ", "")
            found.append(Number(_written(digits[: -len(last)] + last)))
            end = more.end()
    if found:
        found[-1] = _with(found[-1], text[end:])
    return found


def _with(number: Number, said: str) -> Number:
    said = _beside(said) or ""
    return Number(number.number, ", ".join(filter(None, (number.note, said)))[:80] or None)


def _others(text: str) -> list[Number]:
    """Return foreign numbers, short ones, and those without their leading zero."""
    parts = _TWO_NUMBERS.split(text)
    if sum(_digits(part) >= 6 for part in parts) < 2:
        parts = [text]
    found: list[Number] = []
    for part in parts:
        of_it = _dialable(part)
        if not of_it and found and part:
            of_it, last = [], found.pop()
            found.append(_with(last, part))
        found += of_it
    return found


def _dialable(text: str) -> list[Number]:
    matches = list(PhoneNumberMatcher(text, REGION, leniency=Leniency.POSSIBLE))
    matches = [match for match in matches if _some_number(match.raw_string)]
    if matches:
        rest = text
        for match in matches:
            rest = rest.replace(match.raw_string, " ", 1)
        return [Number(_number(match), _beside(rest)) for match in matches]
    for match in re.finditer(r"(?<!\d)\d(?: ?\d){2,5}(?! ?\d)", _OPTION.sub(" ", text)):
        # 111, 116 123: dialled as written.
        digits = match.group().replace(" ", "")
        if (
            digits not in _EMERGENCY
            and not _ROOM.search(text[: match.start()])
            and phonenumbers.is_valid_short_number_for_region(phonenumbers.parse(digits, REGION), REGION)
        ):
            return [Number(digits, _beside(text.replace(match.group(), " ", 1)))]
    written = re.search(r"\+?\(?\d[\d ()./-]{5,30}\d", text)
    if written and _some_number(written.group()) and _digits(written.group()) <= 15:
        return [Number(written.group(), _beside(text.replace(written.group(), " ", 1)))]
    return []


def _written(number: str) -> str:
    return phonenumbers.format_number(phonenumbers.parse(number, REGION), PhoneNumberFormat.NATIONAL)


def _number(match: phonenumbers.PhoneNumberMatch) -> str:
    if match.number.country_code == 44:
        said = phonenumbers.format_number(match.number, PhoneNumberFormat.NATIONAL).replace(" x", " ext. ")
        # Too short or too long for a British number: kept as written, with its zero.
        return said if said.startswith("0") else match.raw_string
    return phonenumbers.format_number(match.number, PhoneNumberFormat.INTERNATIONAL)


def _some_number(text: str) -> bool:
    return _digits(text) >= SHORTEST and len(set(filter(str.isdigit, text))) > 1


def _beside(text: str) -> str | None:
    said = " ".join(re.sub(r"[()\[\]]", " ", text).split()).strip(" :;,.-/\u260e\u260f\U0001f4de\ufe0f")
    said = re.sub(r"^(?:or|and|&)\b|\b(?:or|and|&)$", "", _LABEL.sub("", said)).strip(" :;,.-/")
    return "fax" if said.casefold() == "f" else said[:80] or None


def _digits(text: str) -> int:
    return sum(each.isdigit() for each in text)
