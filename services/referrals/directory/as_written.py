"""Numbers and addresses as directories write them. Pure.

What cannot be read is not guessed: the caller names it in the import's report. Half of an address is another person's
address.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from typing import cast

from services.referrals.directory import plain
from shared.telephone import Number, read

__all__ = ["Number", "emails", "phones"]


def phones(value: object) -> list[Number]:
    """Return the numbers in one field; empty when none can be dialled."""
    found: dict[str, Number] = {}
    for text in _lines(value):
        for each in read(text):
            found.setdefault(each.number, each)
    return list(found.values())


def _lines(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _lines(each)
        return
    text = value if isinstance(value, str) else str(value) if isinstance(value, int) and value is not True else ""
    yield from (plain.plain(text, 600) or "").split("\n")


# Neither end may be inside a longer word: in "józef@x.example" the last three letters before the @ are another person.
_LABELS = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?:[A-Za-z]{2,63}|xn--[A-Za-z0-9-]{2,59})"
_EMAIL = re.compile(
    rf"(?<![\w.!#$%+?^~@=-])[A-Za-z0-9_][A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{0,63}}@{_LABELS}(?![\w@-]|\.\w)"
)
_AT = re.compile(r"\s*(?:[\[({]\s*(?:at|@)\s*[\])}]|@)\s*", re.I)
_DOT = re.compile(r"\s*[\[({]\s*(?:dot|\.)\s*[\])}]\s*", re.I)
_SPOKEN = re.compile(r"\b([\w.+-]+)\s+at\s+([\w-]+(?:\s+dot\s+[\w-]+)+)", re.I)
_SPOKEN_DOT = re.compile(r"\s+dot\s+", re.I)
# Text from which an address would be taken by mistake: a page's own address, the parameters that a link adds.
_PAGE = re.compile(r"\bhttps?://\S+", re.I)
_SUBJECT = re.compile(r"(mailto:[^\s?>\"']*)\?[^\s>\"']*", re.I)
_SAME = str.maketrans({"\u3002": ".", "\uff0e": ".", "\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"'})


def emails(value: object) -> list[str]:
    """Return the addresses in one field, without the "mailto:", names, brackets and stops around them."""
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
        # Two addresses with a slash or an ampersand between them are found one after the other.
        local = local.lower() if local.isupper() else local
        clean = plain.email(f"{local.strip('.')}@{domain.lower()}")
        if clean is not None and clean not in found:
            found.append(clean)
    return found
