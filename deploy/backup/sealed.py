"""Streams in the format of age: encrypted on the way to the file, so that nothing readable is on the disk."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyrage as untyped

from deploy.errors import StackError

pyrage = cast(Any, untyped)  # it names nothing for a type checker

Recipients = list[Any]
Identities = list[Any]


def recipients(given: Iterable[str], file: Path | None = None) -> Recipients:
    """Return the recipients of `--to` and of a file with one a line. Raise StackError without any, or for a bad one."""
    try:
        found = [pyrage.x25519.Recipient.from_str(word) for word in (*given, *_lines(file))]
    except pyrage.RecipientError:
        raise StackError("a recipient is not a public key of age (age1...): check each of them") from None
    if not found:
        raise StackError("nobody could open this backup: name who may, with --to age1... or --recipients-file FILE")
    return found


def identities(file: Path) -> Identities:
    """Return the private keys in a file as `age-keygen` writes it."""
    try:
        found = [pyrage.x25519.Identity.from_str(word) for word in _lines(file)]
    except pyrage.IdentityError:
        found = []
    if not found:
        raise StackError(f"{file} holds no private key of age (AGE-SECRET-KEY-...)")
    return found


def write(source: BinaryIO, file: Path, to: Recipients) -> str:
    """Encrypt a stream into a new file, on the disk when this returns; return the file's hash."""
    with open(file, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as target:
        hashed = _Hashed(target)
        try:
            pyrage.encrypt_io(source, hashed, to)
        except Exception:
            if hashed.failed is not None:
                raise hashed.failed from None
            raise StackError("the backup could not be encrypted: what it is made of could not be read") from None
        target.flush()
        os.fsync(target.fileno())
    return hashed.digest.hexdigest()


def read(file: Path, target: BinaryIO, identity: Identities) -> None:
    """Decrypt a file into a stream. Raise StackError for another key, or a file that is not as it was written."""
    try:
        with file.open("rb") as source:
            pyrage.decrypt_io(source, target, identity)
    except (pyrage.DecryptError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        if "matching keys" in str(error).lower():
            raise StackError(
                f"{file} is not encrypted to this identity: use the key of one of its recipients"
            ) from None
        raise StackError(f"{file} was altered or cut short: use another backup") from None


class _Hashed:
    """A writer that hashes what it writes, and keeps the error that encryption would hide."""

    def __init__(self, target: BinaryIO) -> None:
        self.target = target
        self.digest = hashlib.sha256()
        self.failed: OSError | None = None

    def write(self, some: bytes) -> int:
        try:
            self.target.write(some)
        except OSError as error:
            self.failed = error
            raise
        self.digest.update(some)
        return len(some)

    def flush(self) -> None:
        self.target.flush()


def _lines(file: Path | None) -> list[str]:
    if file is None:
        return []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(f"{file} cannot be read ({type(error).__name__})") from None
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
