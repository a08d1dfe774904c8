"""Removing our links and typed codes from stored emails: a reader of an email may not answer as the agency.

A link is found by its shape, also where a client broke it over lines or a filter wrapped it; a token or a code by
itself is found by its keyed hash, so nothing else that resembles one is touched.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.mail.parser import File, Read
from services.referrals.message.models import ReplyGrant
from services.referrals.outbound import secrets
from services.referrals.outbound.text import CODE_SHOWN, LINK_SHOWN

_TOKEN_LENGTH = 43
_BREAK = r"(?:=?[ ]*\n[ >|]*)?"
_LINK = re.compile(rf"(/r/?{_BREAK}(?:#|%23|%2523|&#35;|=23))((?:{_BREAK}[A-Za-z0-9_-]){{8,{_TOKEN_LENGTH}}})")
_IN_BYTES = re.compile(
    rb"(?P<one>/r/?(?:#|%23|%2523|&#35;|=23))([A-Za-z0-9_-]{8,43})"
    # Office programs store text in two bytes a letter.
    rb"|(?P<two>/\x00r\x00(?:/\x00)?#\x00)((?:[A-Za-z0-9_-]\x00){8,43})"
)
_CODE_IN_BYTES = re.compile(rb"(?:[0-9A-Z]{4}-){2}[0-9A-Z]{4}|(?:(?:[0-9A-Z]\x00){4}-\x00){2}(?:[0-9A-Z]\x00){4}")
# The pieces of a line-broken token, and the two special signs of a token as filters escape them in addresses.
_ESCAPE = r"[%=-](?:25)?(?:5[Ff]|2[Dd])"
_PIECE = rf"(?:[A-Za-z0-9_-]|{_ESCAPE})"
_RUN = re.compile(rf"{_PIECE}{{6,}}(?:=?[ ]*\n[ >|]*{_PIECE}{{6,}}){{0,5}}")
_READINGS = (re.compile(r"[A-Za-z0-9_-]"), re.compile(rf"{_ESCAPE}|[A-Za-z0-9_-]"))
_GROUP = re.compile(r"[0-9A-Za-z\uff10-\uff5a]+")
_BETWEEN = re.compile(r"[^\w]{0,6}")
_MOST = 20_000
_MOST_WINDOWS = 200_000
_MOST_IN_BYTES = 1_000
_AT_ONCE = 5_000


async def masked(session: AsyncSession, mail: Read) -> Read:
    """Return the email without a link or code of ours, in every text and in every file that is text."""
    texts = [mail.subject, mail.text, mail.own, mail.between, *(file.name for file in mail.files)]
    decoded = [file.content.decode("utf-8", "replace") if file.kind.startswith("text/") else "" for file in mail.files]
    candidates = {each for text in (*texts, *decoded) for _, each in _candidates(text)}
    ours = await _ours(session, candidates.union(*(_codes_in_bytes(file) for file in mail.files)))
    subject, text, own, between, *names = (mask(each, ours) for each in texts)
    files = tuple(
        replace(file, name=name, content=_in_file(file, text, ours))
        for file, name, text in zip(mail.files, names, decoded, strict=True)
    )
    return replace(mail, subject=subject, text=text, own=own, between=between, files=files)


def mask(text: str, ours: frozenset[str]) -> str:
    """Return the text with every link, and each of these secrets, replaced."""
    text = _LINK.sub(lambda found: f"{found[1]}{LINK_SHOWN}", text)
    kept, at = list[str](), 0
    for (start, end), secret in sorted(_candidates(text)):
        if secret in ours and start >= at:
            kept += [text[at:start], CODE_SHOWN if len(secret) < _TOKEN_LENGTH else LINK_SHOWN]
            at = end
    return "".join((*kept, text[at:]))


def _in_file(file: File, text: str, ours: frozenset[str]) -> bytes:
    if file.kind.startswith("text/"):
        return mask(text, ours).encode()
    # Of the same length: the file keeps its format.
    content = _IN_BYTES.sub(_link_in_bytes, file.content)
    return _CODE_IN_BYTES.sub(lambda found: _crossed_out(found[0]) if _code(found[0]) in ours else found[0], content)


def _link_in_bytes(found: re.Match[bytes]) -> bytes:
    kept = found["one"] or found["two"]
    return kept + _crossed_out(found[0][len(kept) :])


def _crossed_out(said: bytes) -> bytes:
    return re.sub(rb"[^\x00]", b"x", said)


def _codes_in_bytes(file: File) -> set[str]:
    if file.kind.startswith("text/"):
        return set()
    return {_code(found[0]) for found in islice(_CODE_IN_BYTES.finditer(file.content), _MOST_IN_BYTES)}


def _code(said: bytes) -> str:
    return said.replace(b"\x00", b"").decode("ascii")


def _tokens(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield each possible token with its position."""
    for run in _RUN.finditer(text):
        for reads in _READINGS if re.search(_ESCAPE, run[0]) else _READINGS[:1]:
            signs = list(reads.finditer(run[0]))
            plain = "".join(each[0] if len(each[0]) == 1 else "_" if each[0][-2] == "5" else "-" for each in signs)
            for at in range(len(plain) - _TOKEN_LENGTH + 1):
                ends = signs[at + _TOKEN_LENGTH - 1].end()
                yield (run.start() + signs[at].start(), run.start() + ends), plain[at : at + _TOKEN_LENGTH]


def _candidates(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield each possible token or code with its position."""
    yield from islice(_tokens(text), _MOST_WINDOWS)
    groups = list(_GROUP.finditer(text))[:_MOST]
    for at, first in enumerate(groups):
        for last in range(at, min(at + secrets.CODE_LENGTH, len(groups))):
            if last > at and not _BETWEEN.fullmatch(text, groups[last - 1].end(), groups[last].start()):
                break
            joined = "".join(found[0] for found in groups[at : last + 1])
            if len(joined) >= secrets.CODE_LENGTH:
                if len(joined) == secrets.CODE_LENGTH:
                    yield (first.start(), groups[last].end()), joined
                break


async def _ours(session: AsyncSession, candidates: Iterable[str]) -> frozenset[str]:
    hashes: dict[bytes, list[str]] = {}
    for each in candidates:
        hashed = secrets.token_hash(each) if len(each) == _TOKEN_LENGTH else secrets.code_hash(each)
        if hashed is not None:
            hashes.setdefault(hashed, []).append(each)
    found: set[str] = set()
    every = list(hashes)
    for at in range(0, len(every), _AT_ONCE):
        some = every[at : at + _AT_ONCE]
        for column in (ReplyGrant.token_hash, ReplyGrant.code_hash):
            for hashed in await session.scalars(select(column).where(column.in_(some))):
                found.update(hashes[bytes(hashed)])
    return frozenset(found)
