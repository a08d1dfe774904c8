"""The keyring: authenticated encryption (AES-256-GCM) and keyed hashes.

The key file is JSON, readable by its owner alone::

    {"active": "k2", "hmac": "k1", "keys": {"k1": "<base64, 32 bytes>", "k2": "..."}}

New values are sealed with the active key; older ones still open with the key whose id they carry, so a rotation is:
add a key, make it active, restart, and reseal old values later. A process that has not restarted yet reads the file
again when it meets a key that it lacks. Keyed hashes stay with one key (``hmac``), because
what they identify (a reply link, a search index) must hash to the same value for years.
"""

import base64
import hmac as hmac_module
import json
import os
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from shared import settings

FORMAT = 1
KEY_BYTES = 32
NONCE_BYTES = 12


class KeyringError(Exception):
    """The key file is missing, broken or readable by others."""


class SealBroken(Exception):
    """A sealed value does not open: unknown key, altered bytes, or another place than it was sealed for."""


class KeyMissing(SealBroken):
    """A value was sealed with a key that is not in the key file; it opens once that key is put back."""


class Keyring:
    """The keys of one installation."""

    def __init__(self, active_id: str, keys: dict[str, bytes], hmac_id: str, file: Path | None = None) -> None:
        for name in (active_id, hmac_id):
            if name not in keys:
                raise KeyringError(f"key file: key {name!r} is named but not there")
        for name, key in keys.items():
            if len(key) != KEY_BYTES or not name.isascii() or not 0 < len(name) < 64:
                raise KeyringError(f"key file: key {name!r} must have an ASCII id under 64 characters and 32 bytes")
        self.active_id = active_id
        self.hmac_id = hmac_id
        self._keys = keys
        self._file = file
        # One derived key per use, so that no key is used with two algorithms.
        self._ciphers = {name: AESGCM(_derive(key, b"seal")) for name, key in keys.items()}

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys."""
        return tuple(self._keys)

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """Read the key file. Raise KeyringError, which says what is wrong with the file and never quotes it."""
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o007:
                raise KeyringError(f"key file {path} can be read by every user of the machine; set its mode to 0600")
            body = cast("dict[str, object]", json.loads(path.read_text(encoding="utf-8")))
            coded = cast("dict[str, str]", body["keys"])
            keys = {name: base64.b64decode(text, validate=True) for name, text in coded.items()}
            active = str(body["active"])
            return cls(active, keys, str(body.get("hmac", next(iter(keys), active))), path)
        except OSError as error:
            raise KeyringError(f"key file {path} cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise KeyringError(f"key file {path} is not one: expected active, keys (id to base64)") from error

    @classmethod
    def generate(cls, path: Path) -> "Keyring":
        """Write a key file with one new key. Raise KeyringError when the file exists."""
        if path.exists():
            raise KeyringError(f"key file {path} is already there; it is never overwritten")
        ring = cls("k1", {"k1": os.urandom(KEY_BYTES)}, "k1")
        ring.save(path)
        return ring

    @classmethod
    def rotate(cls, path: Path) -> "Keyring":
        """Add a new key to the file and make it the active one; values sealed with older keys still open."""
        old = cls.load(path)
        number = len(old._keys) + 1
        while f"k{number}" in old._keys:
            number += 1
        name = f"k{number}"
        ring = cls(name, old._keys | {name: os.urandom(KEY_BYTES)}, old.hmac_id)
        ring.save(path)
        return ring

    def save(self, path: Path) -> None:
        """Write the key file (mode 0600) whole or not at all."""
        body = {
            "active": self.active_id,
            "hmac": self.hmac_id,
            "keys": {name: base64.b64encode(key).decode() for name, key in self._keys.items()},
        }
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(body, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def encrypt(self, plaintext: bytes, aad: bytes) -> bytes:
        """Return format byte, key id (length-prefixed), nonce and ciphertext. ``aad`` binds the value to its place."""
        header = bytes([FORMAT, len(self.active_id)]) + self.active_id.encode()
        nonce = os.urandom(NONCE_BYTES)
        return header + nonce + self._ciphers[self.active_id].encrypt(nonce, plaintext, header + aad)

    def decrypt(self, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext that ``encrypt`` sealed under the same ``aad``. Raise SealBroken."""
        name = key_id(sealed)
        cipher = self._ciphers.get(name) or self._added(name)
        if cipher is None:
            raise KeyMissing(f"sealed with key {name!r}, which is not in the key file; put that key back")
        start = 2 + len(name)
        header, nonce, body = (
            sealed[:start],
            sealed[start : start + NONCE_BYTES],
            sealed[start + NONCE_BYTES :],
        )
        try:
            return cipher.decrypt(nonce, body, header + aad)
        except (InvalidTag, ValueError) as error:
            raise SealBroken("a sealed value does not open: altered, or moved from another row or column") from error

    def _added(self, name: str) -> AESGCM | None:
        """Read the file again for a key that was added after this process started.

        During a rotation the first process that restarts seals with the new key, and the others must read it.
        """
        if self._file is None:
            return None
        try:
            found = Keyring.load(self._file)
        except KeyringError:
            return None
        self._ciphers = found._ciphers | self._ciphers
        return self._ciphers.get(name)

    def hmac(self, purpose: str, data: bytes) -> bytes:
        """Return a keyed hash (HMAC-SHA-256, 32 bytes), with one key per purpose; a rotation does not change it."""
        return hmac_module.digest(_derive(self._keys[self.hmac_id], b"hmac|" + purpose.encode()), data, sha256)


def key_id(sealed: bytes) -> str:
    """Return the id of the key that sealed this value. Raise SealBroken when it is not a sealed value."""
    if len(sealed) < 2 or sealed[0] != FORMAT or len(sealed) < 2 + sealed[1] + NONCE_BYTES + 16:
        raise SealBroken("not a sealed value, or cut short")
    return sealed[2 : 2 + sealed[1]].decode("ascii", errors="replace")


@cache
def _derive(key: bytes, use: bytes) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=KEY_BYTES, info=b"alongside|1|" + use).derive(key)


_current: Keyring | None = None


def use(ring: Keyring | None) -> None:
    """Use this keyring in this process (None: load it from the settings when it is next needed)."""
    global _current
    _current = ring


@contextmanager
def using(ring: Keyring) -> Generator[None]:
    """Use this keyring in this process while the block runs, and the one of before afterwards."""
    before = _current
    use(ring)
    try:
        yield
    finally:
        use(before)


def keyring() -> Keyring:
    """Return the keyring of this process. Raise KeyringError when no key file is set."""
    global _current
    if _current is None:
        path = settings.load().keys_file
        if path is None:
            raise KeyringError("no key file: set ALONGSIDE_KEYS_FILE to one")
        _current = Keyring.load(path)
    return _current
