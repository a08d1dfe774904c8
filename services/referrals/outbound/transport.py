"""The transports of email: a relay over SMTP, or a folder of .eml files (the embedded stack)."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

import aiosmtplib

from services.referrals.outbound.refusals import Fault, Stage, Trouble, reported, trouble
from shared.settings import Settings

CONNECT_SECONDS = 15.0
SEND_SECONDS = 60.0
IMPLICIT_TLS_PORT = 465


class Refused(Exception):
    """The address of this recipient refuses the email for good."""

    def __init__(self, code: int, fault: Fault = Fault.ADDRESS) -> None:
        self.code, self.fault = code, fault
        super().__init__(f"refused with {code}")


class NotSent(Exception):
    """The email did not leave now; `perhaps` when it may have left all the same (the reply never came)."""

    def __init__(self, trouble: Trouble, *, perhaps: bool = False) -> None:
        self.trouble, self.perhaps = trouble, perhaps
        super().__init__(trouble)


class Way(Protocol):
    """An open connection for sending."""

    async def send(self, name: str, sender: str, recipient: str, mail: EmailMessage) -> None:
        """Send one email. Raise Refused or NotSent."""
        ...


class Transport(Protocol):
    """Opens connections for sending."""

    def open(self) -> AbstractAsyncContextManager[Way]: ...


def transport_of(settings: Settings) -> Transport | None:
    """Return the relay if one is configured, else the folder, else None: then nothing can leave and messages wait."""
    if settings.smtp_host:
        return Relay(settings)
    return Folder(settings.mail_folder) if settings.mail_folder is not None else None


class Relay:
    """A mail relay."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Way]:
        """Connect, encrypt and sign in while the block runs. Raise NotSent when that fails."""
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
            raise NotSent(_connect_trouble(error)) from None
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
            refused = error.recipients[0]
            raise _answered(Stage.RECIPIENT, refused.code, refused.message) from None
        except aiosmtplib.SMTPSenderRefused as error:
            raise _answered(Stage.SENDER, error.code, error.message) from None
        except aiosmtplib.SMTPHeloError as error:
            raise _answered(Stage.CONNECT, error.code, error.message) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _answered(Stage.CONTENT, error.code, error.message) from None
        except (aiosmtplib.SMTPException, OSError):
            raise NotSent(Trouble.RELAY_AWAY, perhaps=True) from None


def _connect_trouble(error: Exception) -> Trouble:
    """Return why no connection could be opened: never the recipient's fault."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        stage = Stage.SIGN_IN
    elif isinstance(error, ssl.SSLError) or "tls" in str(error).lower():
        return Trouble.NOT_ENCRYPTED
    elif isinstance(error, aiosmtplib.SMTPNotSupported):
        return Trouble.SIGN_IN
    else:
        stage = Stage.CONNECT
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return trouble(stage, error.code, error.message) or Trouble.POLICY
    return Trouble.SIGN_IN if stage is Stage.SIGN_IN else Trouble.RELAY_AWAY


def _answered(stage: Stage, code: int, text: str) -> Exception:
    found = trouble(stage, code, text)
    if found is not None:
        return NotSent(found)
    why = reported("", f"{code} {text}")
    return Refused(code, why if why is Fault.FULL else Fault.ADDRESS)


class Folder:
    """A folder of .eml files, each named by the id of its message: a retry overwrites it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Way]:
        """Create the folder if needed. Raise NotSent when that fails."""
        try:
            await asyncio.to_thread(self._folder.mkdir, 0o700, True, True)
        except OSError:
            raise NotSent(Trouble.FOLDER) from None
        yield self

    async def send(self, name: str, sender: str, recipient: str, mail: EmailMessage) -> None:
        try:
            await asyncio.to_thread(_write, self._folder / f"{name}.eml", mail.as_bytes())
        except OSError:
            raise NotSent(Trouble.FOLDER) from None


def _write(path: Path, content: bytes) -> None:
    """Write the whole file or none of it, and reach the disk before returning."""
    # Processes that write the same email at the same time must not share a draft.
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
    """Return the part behind the @, or localhost."""
    return address.rpartition("@")[2].strip("<> ") or "localhost"
