"""A mailbox by IMAP, with a password or with OAuth2 (XOAUTH2). The client of the standard library, in a thread."""

import asyncio
import imaplib
import re
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from services.referrals.mail.bounds import MOST
from services.referrals.mail.mailbox_interface import Cannot, Item, Opened
from services.referrals.mail.tokens import Tokens
from shared.settings import Settings

SECONDS = 60
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_NOT_ASCII = re.compile(r"[^ -~]+")


class Imap:
    """One folder of an account."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._tokens = settings, Tokens(settings)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Opened]:
        """Sign in, select the folder and create the done folder, for the length of the block.

        Raise Cannot when that fails.
        """
        token = await self._tokens.token() if self._settings.mailbox_token_url else None
        try:
            connection = await asyncio.to_thread(self._connect, token)
        except Cannot as error:
            if error.why == "sign_in_refused":
                self._tokens.forget()
            raise
        try:
            yield _Folder(connection, self._settings.mailbox_done)
        finally:
            await asyncio.shield(asyncio.to_thread(_close, connection))

    def _connect(self, token: str | None) -> imaplib.IMAP4:
        settings = self._settings
        port = settings.mailbox_port or (993 if settings.mailbox_tls == "implicit" else 143)
        try:
            if settings.mailbox_tls == "implicit":
                connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                    settings.mailbox_host, port, ssl_context=ssl.create_default_context(), timeout=SECONDS
                )
            else:
                connection = imaplib.IMAP4(settings.mailbox_host, port, timeout=SECONDS)
                if settings.mailbox_tls == "starttls":
                    connection.starttls(ssl.create_default_context())
        except (OSError, imaplib.IMAP4.error):
            raise Cannot("unreachable") from None
        try:
            self._sign_in(connection, token)
            _asked(connection.create, _quoted(settings.mailbox_done), may_fail=True)
            _asked(connection.select, _quoted(settings.mailbox_folder), why="no_such_folder")
        except BaseException:
            _close(connection)
            raise
        return connection

    def _sign_in(self, connection: imaplib.IMAP4, token: str | None) -> None:
        user = self._settings.mailbox_user
        if token is None:
            password = self._settings.mailbox_password.get_secret_value()
            if f"{user}{password}".isascii():
                _asked(connection.login, user, password, why="sign_in_refused")
                return
            plain = f"\x00{user}\x00{password}".encode()
            _asked(connection.authenticate, "PLAIN", lambda _: plain, why="sign_in_refused")
        else:
            said = f"user={user}\x01auth=Bearer {token}\x01\x01".encode()
            _asked(connection.authenticate, "XOAUTH2", lambda _: said, why="sign_in_refused")


class _Folder:
    def __init__(self, connection: imaplib.IMAP4, done: str) -> None:
        self._connection, self._done = connection, done

    async def waiting(self) -> AsyncIterator[str]:
        for key in await asyncio.to_thread(self._keys):
            yield key

    async def read(self, key: str) -> Item | None:
        return await asyncio.to_thread(self._fetch, key)

    async def done(self, key: str) -> None:
        await asyncio.to_thread(self._moved, key)

    def _keys(self) -> list[str]:
        [found] = _asked(self._connection.uid, "SEARCH", "UNDELETED")[:1] or [b""]
        return [key.decode() for key in (found or b"").split()]

    def _fetch(self, key: str) -> Item | None:
        wanted = f"(RFC822.SIZE BODY.PEEK[]<0.{MOST + 1}>)"
        try:
            answer = _asked(self._connection.uid, "FETCH", key, wanted, why="cannot_fetch")
        except Cannot as error:
            if error.why == "cannot_fetch" and key not in self._keys():
                return None
            raise
        raw = next((part[1] for part in answer if isinstance(part, tuple)), None)
        if raw is None:
            # The server sent nothing, or only a quoted string: unreadable, unless the email is gone.
            return Item(f"nothing came of message {key}".encode(), 0) if key in self._keys() else None
        size = next((int(found[1]) for each in answer for found in [_SIZE.search(_head(each))] if found), 0)
        # A complete email has the size of its bytes: some servers only estimate.
        return Item(raw, len(raw) if len(raw) <= MOST else max(size, len(raw)))

    def _moved(self, key: str) -> None:
        try:
            self._move(key)
        except Cannot as error:
            # Another process of ours, or a person, was quicker.
            if error.why != "cannot_move" or key in self._keys():
                raise

    def _move(self, key: str) -> None:
        done = _quoted(self._done)
        if "MOVE" in self._connection.capabilities:
            _asked(self._connection.uid, "MOVE", key, done, why="cannot_move")
            return
        _asked(self._connection.uid, "COPY", key, done, why="cannot_move")
        _asked(self._connection.uid, "STORE", key, "+FLAGS.SILENT", r"(\Deleted)", why="cannot_move")
        if "UIDPLUS" in self._connection.capabilities:
            _asked(self._connection.uid, "EXPUNGE", key, why="cannot_move")


def _head(part: Any) -> bytes:
    return part[0] if isinstance(part, tuple) else part or b""


def _asked(command: Any, *given: Any, why: str = "interrupted", may_fail: bool = False) -> list[Any]:
    try:
        said, answer = command(*given)
    except imaplib.IMAP4.readonly:
        raise Cannot("read_only") from None
    except (OSError, imaplib.IMAP4.abort):
        raise Cannot("interrupted") from None
    except (ValueError, TypeError, IndexError):
        raise Cannot("not_understood") from None
    except imaplib.IMAP4.error:
        said, answer = "NO", []
    if said != "OK" and not may_fail:
        raise Cannot(why)
    return list(answer or [])


def _quoted(name: str) -> str:
    """Return the name of a folder as the protocol writes it (RFC 3501, 5.1.3): in its own form of UTF-7."""
    spelled = _NOT_ASCII.sub(lambda found: f"&{_utf7(found[0])}-", name.replace("&", "&-"))
    plain = spelled.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _utf7(letters: str) -> str:
    return b64encode(letters.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")


def _close(connection: imaplib.IMAP4) -> None:
    with suppress(OSError, imaplib.IMAP4.error):
        connection.logout()
