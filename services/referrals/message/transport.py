"""The ways a mail leaves: a relay over SMTP, or a folder of .eml files (the embedded stack)."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

import aiosmtplib

from shared.settings import Settings

CONNECT_SECONDS = 15.0
SEND_SECONDS = 60.0
IMPLICIT_TLS_PORT = 465

# 5xx answers that are about us (sign-in, encryption), not about the recipient.
_OURS = frozenset({530, 534, 535, 538})


class Refused(Exception):
    """The recipient will never take it."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"refused with {code}")


class NotSent(Exception):
    """It did not leave now; `perhaps` when it may have left all the same (the answer never came)."""

    def __init__(self, why: str, *, perhaps: bool = False) -> None:
        self.why, self.perhaps = why, perhaps
        super().__init__(why)


class Way(Protocol):
    """An open way out."""

    async def send(self, name: str, sender: str, recipient: str, mail: EmailMessage) -> None:
        """Send one mail. Raises Refused or NotSent."""
        ...


class Transport(Protocol):
    """Opens a way out; NotSent when there is none now."""

    def open(self) -> AbstractAsyncContextManager[Way]: ...


def transport_of(settings: Settings) -> Transport | None:
    """The relay if one is named, else the folder, else none: then nothing can leave and messages wait."""
    if settings.smtp_host:
        return Relay(settings)
    return Folder(settings.mail_folder) if settings.mail_folder is not None else None


class Relay:
    """A mail relay."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Way]:
        """Connected, encrypted and signed in; NotSent when that fails."""
        settings = self._settings
        implicit = settings.smtp_port == IMPLICIT_TLS_PORT
        smtp = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username or None,
            password=settings.smtp_password.get_secret_value() or None,
            use_tls=implicit,
            start_tls=settings.smtp_starttls and not implicit,
            local_hostname=domain_of(settings.mail_from),
            timeout=CONNECT_SECONDS,
        )
        try:
            await smtp.connect()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            smtp.close()
            raise NotSent(type(error).__name__) from None
        try:
            yield _Smtp(smtp)
        finally:
            with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await smtp.quit(timeout=2)
            smtp.close()


class _Smtp:
    def __init__(self, smtp: aiosmtplib.SMTP) -> None:
        self._smtp = smtp

    async def send(self, name: str, sender: str, recipient: str, mail: EmailMessage) -> None:
        try:
            await self._smtp.sendmail(sender, [recipient], mail.as_bytes(), timeout=SEND_SECONDS)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _answered(error.recipients[0].code) from None
        except aiosmtplib.SMTPSenderRefused as error:
            # Ours to put right: the agency's address is not to blame.
            raise NotSent(f"sender refused with {error.code}") from None
        except aiosmtplib.SMTPResponseException as error:
            raise _answered(error.code) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotSent(type(error).__name__, perhaps=True) from None


def _answered(code: int) -> Exception:
    if 500 <= code < 600 and code not in _OURS:
        return Refused(code)
    return NotSent(f"refused for now with {code}")


class Folder:
    """A folder of .eml files, each under the id of its message: a retry overwrites it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Way]:
        """NotSent when the folder cannot be made."""
        try:
            await asyncio.to_thread(self._folder.mkdir, 0o700, True, True)
        except OSError as error:
            raise NotSent(type(error).__name__) from None
        yield self

    async def send(self, name: str, sender: str, recipient: str, mail: EmailMessage) -> None:
        try:
            await asyncio.to_thread(_write, self._folder / f"{name}.eml", mail.as_bytes())
        except OSError as error:
            raise NotSent(type(error).__name__) from None


def _write(path: Path, content: bytes) -> None:
    """The whole file or none of it, on disk before we say so."""
    # Processes that write the same mail at once must not share a draft.
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        draft.unlink(missing_ok=True)


def domain_of(address: str) -> str:
    """The part behind the @."""
    return address.rpartition("@")[2].strip("<> ") or "localhost"
