"""Take our links and typed codes out of what is kept: who may read an email may not answer as the agency.

A link is known by its shape, also where a client broke it over lines or a filter wrapped it; a token or a code that
stands by itself by its keyed hash, so nothing else that looks like one is touched.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.mail.reading import File, Read
from services.referrals.message import secrets
from services.referrals.message.models import ReplyGrant
from services.referrals.message.text import CODE_SHOWN, LINK_SHOWN

_TOKEN_LENGTH = 43
_BREAK = r"(?:=?[ ]*\n[ >|]*)?"
_LINK = re.compile(rf"(/r/?{_BREAK}(?:#|%23|%2523|&#35;|=23))((?:{_BREAK}[A-Za-z0-9_-]){{8,{_TOKEN_LENGTH}}})")
_IN_BYTES = re.compile(rb"(/r/?(?:#|%23|%2523|&#35;|=23))([A-Za-z0-9_-]{8,43})")
_RUN = re.compile(r"[A-Za-z0-9_-]{43,200}")
_GROUP = re.compile(r"[0-9A-Za-z\uff10-\uff5a]+")
_BETWEEN = re.compile(r"[^\w]{0,6}")
_MOST = 20_000
_AT_ONCE = 5_000


async def masked(session: AsyncSession, mail: Read) -> Read:
    """Return the email without a link or code of ours, in every text and in every file that is text."""
    texts = [mail.subject, mail.text, mail.own, mail.between]
    decoded = [file.content.decode("utf-8", "replace") if file.kind.startswith("text/") else "" for file in mail.files]
    ours = await _ours(session, {each for text in (*texts, *decoded) for _, each in _candidates(text)})
    subject, text, own, between = (mask(each, ours) for each in texts)
    files = tuple(
        replace(file, content=_in_file(file, text, ours)) for file, text in zip(mail.files, decoded, strict=True)
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
    # Of the same length: whatever it is, it stays what it is.
    return _IN_BYTES.sub(lambda found: found[1] + b"x" * len(found[2]), file.content)


def _candidates(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """What may be a token or a code, where it stands."""
    for number, found in enumerate(_RUN.finditer(text)):
        if number == _MOST:
            break
        for at in range(len(found[0]) - _TOKEN_LENGTH + 1):
            yield (found.start() + at, found.start() + at + _TOKEN_LENGTH), found[0][at : at + _TOKEN_LENGTH]
    groups = list(_GROUP.finditer(text))[:_MOST]
    for at, first in enumerate(groups):
        for last in range(at, min(at + 4, len(groups))):
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
