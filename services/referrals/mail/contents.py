"""Decode what stands in one part of an email: its way over the wire, its charset, and what signs or wraps it. Pure."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from email.message import EmailMessage

from services.referrals.mail import bounds, markup
from services.referrals.mail.charsets import decode, of_markup

_SHORTEST_BASE64 = 16
_WAY = re.compile(r"[a-z0-9-]+")
_BASE64 = re.compile(r"(?:[ \t]*+[A-Za-z0-9+/]++={0,2}[ \t]*+(?:\r?\n|$)|[ \t]*+\r?\n)*+")
# What a program without PGP/MIME puts around the words: of what is signed they stand in the clear.
_PGP_SIGNED = re.compile(
    r"(?m)^-----BEGIN PGP SIGNED MESSAGE-----[ ]*\n(?:Hash:[^\n]*\n)*\n?"
    r"|^-----BEGIN PGP SIGNATURE-----$[^-]*^-----END PGP SIGNATURE-----$"
)
_PGP_ENCRYPTED = re.compile(r"(?m)^-----BEGIN PGP MESSAGE-----$[^-]*(?:^-----END PGP MESSAGE-----$)?")


def raw(part: EmailMessage) -> bytes:
    """Return the bytes of a part, decoded as its header says, whatever stands behind that."""
    way = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if (found := _WAY.match(way)) and found[0] != way:
        part.replace_header("Content-Transfer-Encoding", found[0])  # with a comment or a stray sign behind it
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else str(payload or "").encode("utf-8", "replace")


def words(part: EmailMessage, cannot_read: str) -> str:
    """Return the words of a text part. `cannot_read`: what stands there for what PGP encrypted.

    Cut in bytes before it is decoded: the longest text in the widest of charsets.
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
    """What is encoded of a part that says it is in base64, and the words in the clear below it or in its place."""
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() != "base64":
        return b"", ""
    written = str(part.get_payload())
    found = _BASE64.match(written)
    end = found.end() if found else 0
    if not written[end:].strip():
        return b"", ""
    if end < _SHORTEST_BASE64:  # a word or two that could be
        return b"", written
    try:
        return b64decode(written[:end] + "==="), f"\n{written[end:]}"
    except (NotBase64, ValueError):
        return b"", written


def _without_armour(text: str, cannot_read: str) -> str:
    """Without what PGP puts around words that it signs; of what it encrypts, that it cannot be read."""
    if "-----BEGIN PGP " not in text:
        return text
    return _PGP_ENCRYPTED.sub(cannot_read, _PGP_SIGNED.sub("", text.replace("\r\n", "\n")))


def as_utf8(part: EmailMessage, found: bytes) -> bytes:
    """Return the bytes of a text in the charset that we keep it in."""
    return decode(found, str(part.get_param("charset", "") or "")).encode("utf-8", "replace")
