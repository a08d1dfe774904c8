"""Numbers and addresses as directories write them. Pure.

What cannot be read is not guessed at: the caller names it in the import's report. Half of an address is somebody
else's, and the area code without its number is nobody's.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import phonenumbers
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher

from services.referrals.directory import plain

REGION = "GB"
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
# A zero that was typed as the letter, within a number or at its beginning.
_ZERO = re.compile(r"(?<=\d)[oO](?=[\d ])|(?<![A-Za-z])[oO](?=\d{2})")
_BETWEEN = r"[ ()./-]{0,3}"
# A number of ours has nine or ten digits behind its zero; what stands behind them belongs to something else.
_WHOLE = re.compile(
    rf"(?<![\d+])(?:\(?(?:\+|00) ?44\)?{_BETWEEN}(?:\(?0\)?{_BETWEEN})?|\(?0 ?)[1-9](?:{_BETWEEN}\d){{8,9}}(?!\d)"
)
_EXTENSION = re.compile(r"[ ,;(]*(?:extension|extn|ext|x|#)[ .:]*(\d{1,6})\b\)?", re.IGNORECASE)
_LAST_PART = re.compile(r"(?: */ *| *, *| +or +)(\d{1,2}|\d{3} ?\d{3,4}|\d{4})(?![\d:.]| ?[ap]m)", re.IGNORECASE)
_TWO_NUMBERS = re.compile(r"\s*(?:[/;|,]|\bor\b|\band\b|&)\s*", re.IGNORECASE)
# What stands before the number that it belongs to: "Night:", "Fax".
_BEFORE = re.compile(
    r"(?:\b(?:tel|telephone|phone|mobile|mob|fax|facsimile|text|sms|minicom|textphone|t|m|f)\b[ .:]*|[^():;,.]*: *)$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:(?:tele)?phone(?: number)?|tel(?: no)?|mob(?:ile)?|ph|p|t|m|call|ring)\b\s*[:.]*\s*(?:(?:us )?on\b)?",
    re.IGNORECASE,
)
_OPTION = re.compile(r"\b(?:option|press|ext(?:ension)?\.?|x) *\d+", re.IGNORECASE)
_EMERGENCY = frozenset({"999", "112", "911"})
_FEWEST_DIGITS = 7


@dataclass(frozen=True)
class Number:
    """A number that a person can dial, and what is said beside it ("freephone", "option 2")."""

    number: str
    note: str | None = None


def phones(value: object) -> list[Number]:
    """The numbers in one field; empty when there is none to dial."""
    found: dict[str, Number] = {}
    for text in _lines(value):
        for each in _whole(text) or _others(text):
            found.setdefault(each.number, each)
    return list(found.values())


def _lines(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _lines(each)
        return
    text = value if isinstance(value, str) else str(value) if isinstance(value, int) and value is not True else ""
    for each in (plain.plain(text, 600) or "").split("\n"):
        yield _ZERO.sub("0", _DASHES.sub("-", unicodedata.normalize("NFKC", each)).translate(_digits_of(each)))


def _whole(text: str) -> list[Number]:
    """Numbers that are written in full, each with what stands around it."""
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
    """Numbers abroad, short ones, and those whose zero was lost."""
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
        # 111, 116 123: dialled as they are.
        digits = match.group().replace(" ", "")
        if digits not in _EMERGENCY and phonenumbers.is_valid_short_number_for_region(
            phonenumbers.parse(digits, REGION), REGION
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
        # Too short or too long for a number of ours: as it stands there, with its zero.
        return said if said.startswith("0") else match.raw_string
    return phonenumbers.format_number(match.number, PhoneNumberFormat.INTERNATIONAL)


def _some_number(text: str) -> bool:
    return _digits(text) >= _FEWEST_DIGITS and len(set(filter(str.isdigit, text))) > 1


def _beside(text: str) -> str | None:
    said = " ".join(re.sub(r"[()\[\]]", " ", text).split()).strip(" :;,.-/\u260e\u260f\U0001f4de\ufe0f")
    said = re.sub(r"^(?:or|and|&)\b|\b(?:or|and|&)$", "", _LABEL.sub("", said)).strip(" :;,.-/")
    return "fax" if said.casefold() == "f" else said[:80] or None


def _digits(text: str) -> int:
    return sum(each.isdigit() for each in text)


def _digits_of(text: str) -> dict[int, str]:
    """Digits of other scripts, as ours."""
    return {
        ord(each): str(unicodedata.decimal(each))
        for each in text
        if not each.isascii() and unicodedata.category(each) == "Nd"
    }


# Neither side may be a part of something longer: of "józef@x.example" the last three letters are another person.
_LABELS = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?:[A-Za-z]{2,63}|xn--[A-Za-z0-9-]{2,59})"
_EMAIL = re.compile(
    rf"(?<![\w.!#$%+?^~@=-])[A-Za-z0-9_][A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{0,63}}@{_LABELS}(?![\w@-]|\.\w)"
)
_AT = re.compile(r"\s*(?:[\[({]\s*(?:at|@)\s*[\])}]|@)\s*", re.I)
_DOT = re.compile(r"\s*[\[({]\s*(?:dot|\.)\s*[\])}]\s*", re.I)
_SPOKEN = re.compile(r"\b([\w.+-]+)\s+at\s+([\w-]+(?:\s+dot\s+[\w-]+)+)", re.I)
_SPOKEN_DOT = re.compile(r"\s+dot\s+", re.I)
# What an address would be taken out of by mistake: a page's own address, what a link writes beside the address.
_PAGE = re.compile(r"\bhttps?://\S+", re.I)
_SUBJECT = re.compile(r"(mailto:[^\s?>\"']*)\?[^\s>\"']*", re.I)
_SAME = str.maketrans({"\u3002": ".", "\uff0e": ".", "\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"'})


def emails(value: object) -> list[str]:
    """The addresses in one field: "mailto:", names, brackets and stops around them are no part of them."""
    if isinstance(value, list):
        return list(dict.fromkeys(one for each in cast("list[object]", value) for one in emails(each)))
    if not isinstance(value, str):
        return []
    text = unicodedata.normalize("NFKC", html.unescape(value[:2000])).translate(_SAME)
    text = "".join(" " if each.isspace() else each for each in text if each.isspace() or plain.harmless(each))
    text = "".join(each for each in text if unicodedata.category(each) != "Cf")
    text = _PAGE.sub(" ", _SUBJECT.sub(r"\1", text)).replace("%40", "@").replace("%20", " ")
    text = _SPOKEN.sub(lambda said: f"{said[1]}@{_SPOKEN_DOT.sub('.', said[2])}", text)
    found: list[str] = []
    for each in _EMAIL.findall(_DOT.sub(".", _AT.sub("@", text))):
        local, _, domain = each.rpartition("@")
        # Two addresses with a stroke or an ampersand between them are found one after the other.
        local = local.lower() if local.isupper() else local
        clean = plain.email(f"{local.strip('.')}@{domain.lower()}")
        if clean is not None and clean not in found:
            found.append(clean)
    return found
