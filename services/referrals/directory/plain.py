"""Cleaning of imported text: hostile markup, control characters and misleading links are removed before storage."""

import html
import re
import unicodedata
from urllib.parse import urlsplit

import nh3

_BLOCKS = re.compile(r"(?i)<\s*(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^>]*>")
_HALF_A_TAG = re.compile(r"<[^<>]*\Z")
_HALF_A_PAIR = re.compile("[\ud800-\udfff]")  # JSON can spell half a surrogate pair, which no text can hold
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_PHONE = re.compile(r"[+0-9][0-9 ()./-]{3,38}(?: ?(?:ext|x)\.? ?[0-9]{1,6})?", re.IGNORECASE)


def plain(value: object, longest: int = 4000) -> str | None:
    """Return text without markup, its paragraphs kept as lines; None when nothing is left."""
    if not isinstance(value, str):
        return None
    if value.isascii() and value.isprintable() and "<" not in value and "&" not in value:
        return " ".join(value.split())[:longest].rstrip() or None  # most texts of feeds
    # The cleaner takes half a minute for a few thousand nested tags; the rest of such a text is cut off.
    text = value if len(value) <= longest * 3 else _HALF_A_TAG.sub("", value[: longest * 3])
    text = _HALF_A_PAIR.sub("", text)
    # Feeds escape twice: text that unescapes into markup is markup. What is left after ten rounds stays inert text.
    for _ in range(10):
        stripped = html.unescape(nh3.clean(_BLOCKS.sub("\n", text), tags=set()))
        if stripped == text:
            break
        text = stripped
    else:
        text = text.translate({ord("<"): None, ord(">"): None})
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    text = "".join(char for char in text if char == "\n" or harmless(char))
    lines = [" ".join(line.split()) for line in text.split("\n")]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return text[:longest].rstrip() or None


def line(value: object, longest: int = 200) -> str | None:
    """Return the cleaned text on one line; None when nothing is left."""
    text = plain(value, longest * 4)
    return " ".join(text.split())[:longest] if text else None


def link(value: object) -> str | None:
    """Return the web address of a page (http or https), or None."""
    text = line(value, 500)
    if not text or " " in text:
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.hostname and not parts.username else None


def email(value: object) -> str | None:
    """Return one email address, or None: never a list, a display name or a header."""
    text = line(value, 254)
    return text if text and _EMAIL.fullmatch(text) else None


def phone(value: object) -> str | None:
    text = line(value, 50)
    return text if text and _PHONE.fullmatch(text) else None


def harmless(char: str) -> bool:
    return char not in _BIDI and unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co", "Zl", "Zp")
