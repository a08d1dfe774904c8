"""The headers of an email: bounded, decoded by our own list of charsets, never parsed as structures. Pure."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from quopri import decodestring

from services.referrals.mail.charsets import decode

LONGEST = 64_000
MOST_IDS = 50
_LONGEST_ID = 300
_LONGEST_SENDER = 4_000
_MOST_SENDERS = 5

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_ANSWERED = re.compile(r"<([^<>]{1,300})>")
# A blank inside violates the standard, but some programs write it.
_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]{0,2000})\?=")
_BRACKETS = re.compile(r"<\s*(?:@[^<>\s:]{1,250}:)?([^<>\s]{1,320})\s*>")
_QUOTED_NAME = re.compile(r"\"([^\"\s<>@\\]{1,64})\"(?=@)")
_PLAIN = re.compile(r"[^\s<>,;:\"'()\[\]]{1,64}@[^\s<>,;:\"'()\[\]]{1,255}")

_DAEMONS = frozenset({"mailer-daemon", "maildaemon", "mail-daemon", "postmaster", "mdaemon", "mailerdaemon"})
_DAEMON_NAMES = re.compile(r"(?i)mail delivery (?:sub)?system|mailer-daemon|mail delivery service|delivery subsystem")


def first_of_each(items: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Return the first of each header on one line, cut to a bound: a later one of the same name is an injection."""
    found: dict[str, str] = {}
    for name, value in items:
        key = name.lower()
        if key not in found:
            found[key] = " ".join(str(value)[:LONGEST].split())
    return found


def words(value: str) -> str:
    """Return a header with its encoded words decoded: a letter may begin in one of them and end in the next."""
    plain = value if value.isascii() else decode(value.encode("utf-8", "surrogateescape"), "")
    said, held, named, at = list[str](), b"", "", 0
    for found in _WORD.finditer(plain):
        between = plain[at : found.start()]
        raw = _raw(found[2].lower(), found[3])
        if held and not between.strip() and found[1].lower() == named:
            held += raw
        else:
            said += [decode(held, named), between if between.strip() or not held else ""]
            held, named = raw, found[1].lower()
        at = found.end()
    return "".join((*said, decode(held, named), plain[at:]))


def _raw(way: str, payload: str) -> bytes:
    try:
        if way == "b":
            return b64decode(payload + "=" * (-len(payload) % 4))
        return decodestring(payload.encode("utf-8", "replace"), header=True)
    except (NotBase64, ValueError):
        return payload.encode("utf-8", "replace")


def address(value: str) -> str:
    """Return the address of a From header as people and programs write it: the part in angle brackets counts."""
    return next(iter(addresses(value)), "")


def addresses(value: str) -> tuple[str, ...]:
    """Return every address of a From header: several people may sign one email."""
    value = _QUOTED_NAME.sub(r"\1", value[:_LONGEST_SENDER])
    for tried in (_bare(value), value):
        if found := [each.strip() for each in _BRACKETS.findall(tried) if "@" in each]:
            return tuple(each.lower() for each in found[:_MOST_SENDERS])
        if found := _PLAIN.findall(tried)[:_MOST_SENDERS]:
            return tuple(each.strip(".").lower() for each in found)
    return ()


def _bare(value: str) -> str:
    """Return a header without its quoted and commented parts, where an address is only part of a name."""
    kept: list[str] = []
    depth, quoted, at = 0, False, 0
    while at < len(value):
        char = value[at]
        if char == "\\":
            at += 2
            continue
        if char == '"' and depth == 0:
            quoted = not quoted
        elif not quoted and char in "()":
            depth = max(0, depth + (1 if char == "(" else -1))
        elif not quoted and depth == 0:
            kept.append(char)
        at += 1
    return "".join(kept)


def senders(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the possible writers of an email, nearest first: groups and forwarding put their own address into From."""
    found: dict[str, None] = {}
    for name in ("from", "x-original-from", "x-original-sender", "reply-to", "sender"):
        found |= dict.fromkeys(addresses(headers.get(name, "")))
    return tuple(found)


def ids(text: str) -> tuple[str, ...]:
    """Return the Message-IDs in a text."""
    return tuple(_MESSAGE_ID.findall(text[:LONGEST])[-MOST_IDS:])


def answers(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the Message-IDs that an email answers, nearest first."""
    return (*_named(headers.get("in-reply-to", "")), *reversed(_named(headers.get("references", ""))))


def _named(value: str) -> list[str]:
    """Return the ids in a header: folded in the middle, encoded, or without their brackets, as programs write them."""
    plain = words(value)
    found = _ANSWERED.findall(plain) or [each.strip("<>,;\"'()") for each in plain.split() if "@" in each]
    return [f"<{''.join(each.split())}>" for each in found if len(each) <= _LONGEST_ID][-MOST_IDS:]


def from_mail_system(headers: Mapping[str, str]) -> bool:
    """Return whether the sender is a mail system, which reports what it could not deliver."""
    local = address(headers.get("from", "")).partition("@")[0]
    exchange = local.startswith("microsoftexchange") and len(local) > 40
    named = _DAEMON_NAMES.search(words(headers.get("from", "")[:500])) is not None
    return local in _DAEMONS or exchange or named or "x-failed-recipients" in headers


def may_be_a_person(headers: Mapping[str, str]) -> bool:
    """Return whether people, too, write from this address of a mail system."""
    return address(headers.get("from", "")).startswith("postmaster@") and "x-failed-recipients" not in headers
