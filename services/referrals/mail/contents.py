"""Decoding one part of an email: its transfer encoding, its charset, and a signature around its words. Pure."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from email.message import EmailMessage

from services.referrals.mail import bounds, markup
from services.referrals.mail.charsets import decode, of_markup

_SHORTEST_BASE64 = 16
_WAY = re.compile(r"[a-z0-9-]+")
_BASE64 = re.compile(r"(?:[ \t]*+[A-Za-z0-9+/]++={0,2}[ \t]*+(?:\r?\n|$)|[ \t]*+\r?\n)*+")
# The lines that a program without PGP/MIME puts around the words: signed words are in the clear between them.
_PGP_SIGNED = re.compile(
    r"(?m)^-----BEGIN PGP SIGNED MESSAGE-----[ ]*\n(?:Hash:[^\n]*\n)*\n?"
    r"|^-----BEGIN PGP SIGNATURE-----$[^-]*^-----END PGP SIGNATURE-----$"
)
_PGP_ENCRYPTED = re.compile(r"(?m)^-----BEGIN PGP MESSAGE-----$[^-]*(?:^-----END PGP MESSAGE-----$)?")


def raw(part: EmailMessage) -> bytes:
    """Return the bytes of a part, decoded as its header says, whatever else is in the header."""
    way = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if (found := _WAY.match(way)) and found[0] != way:
        part.replace_header("Content-Transfer-Encoding", found[0])  # with a comment or a stray sign after the encoding
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else str(payload or "").encode("utf-8", "replace")


def words(part: EmailMessage, cannot_read: str) -> str:
    """Return the words of a text part.

    `cannot_read`: the text in place of what PGP encrypted. The bytes are cut before decoding: to the longest text in
    the widest charset.
    """
    found = raw(part)
    charset = str(part.get_param("charset", "") or "")
    encoded, clear = _partly_encoded(part)
    if clear:
        found = encoded
    page = part.get_content_type() == "text/html"
    text = decode(found[: 40 * bounds.LONGEST_TEXT], of_markup(found, charset) if page else charset) + clear
    return markup.text_of(text) if page else _without_armour(text, cannot_read)


def _partly_encoded(part: EmailMessage) -> tuple[bytes, str]:
    """Return the encoded bytes of a part that is labelled base64, and the clear words below them or in their place."""
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() != "base64":
        return b"", ""
    written = str(part.get_payload())
    found = _BASE64.match(written)
    end = found.end() if found else 0
    if not written[end:].strip():
        return b"", ""
    if end < _SHORTEST_BASE64:  # a word or two that happen to be valid base64
        return b"", written
    try:
        return b64decode(written[:end] + "==="), f"\n{written[end:]}"
    except (NotBase64, ValueError):
        return b"", written


def _without_armour(text: str, cannot_read: str) -> str:
    """Return the text without the lines that PGP puts around signed words.

    What is encrypted becomes `cannot_read`.
    """
    if "-----BEGIN PGP " not in text:
        return text
    return _PGP_ENCRYPTED.sub(cannot_read, _PGP_SIGNED.sub("", text.replace("\r\n", "\n")))


def as_utf8(part: EmailMessage, found: bytes) -> bytes:
    """Return the bytes of a text in UTF-8, the charset in which we store it."""
    return decode(found, str(part.get_param("charset", "") or "")).encode("utf-8", "replace")
