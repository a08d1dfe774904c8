"""One column type for everything sealed or free-text.

::

    class Contact(Base, Row):
        note_sealed: Mapped[bytes | None] = sealed_column()
        note = Sealed("note")

Service, schema, table, column, row and key are bound into a value, so a ciphertext copied to another row or column
does not open. Lengths are padded to steps of 64 bytes, because the length of one of ten labels would identify the
label.
"""

import json
from typing import Any, Generic, Self, TypeVar, cast, overload

from sqlalchemy import LargeBinary, Table
from sqlalchemy.orm import MappedColumn, mapped_column

from shared.crypto.keyring import Keyring, keyring

SCHEMA_VERSION = 1
_PAD_TO = 64
_LENGTH_BYTES = 4

T = TypeVar("T")


def sealed_column(nullable: bool = True) -> MappedColumn[Any]:
    """Return the bytes column behind a :class:`Sealed` or :class:`SealedJson`."""
    return mapped_column(LargeBinary, nullable=nullable)


def seal(plaintext: bytes, aad: bytes) -> bytes:
    """Pad and encrypt a value."""
    framed = len(plaintext).to_bytes(_LENGTH_BYTES, "big") + plaintext
    return keyring().encrypt(framed + b"\0" * (-len(framed) % _PAD_TO), aad)


def unseal(sealed: bytes, aad: bytes, ring: Keyring | None = None) -> bytes:
    """Decrypt a value with `ring`, or the keyring of this process, and remove the padding. Raise SealBroken."""
    framed = (ring or keyring()).decrypt(sealed, aad)
    length = int.from_bytes(framed[:_LENGTH_BYTES], "big")
    return framed[_LENGTH_BYTES : _LENGTH_BYTES + length]


class _Sealed(Generic[T]):
    """A descriptor over a bytes column of a mapped class that has an ``id``."""

    def __init__(self, column_name: str) -> None:
        self.name = column_name
        self.column = f"{column_name}_sealed"

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: object, owner: type) -> T | None: ...
    def __get__(self, row: object | None, owner: type) -> Any:
        if row is None:
            return self
        sealed = cast("bytes | None", getattr(row, self.column))
        return None if sealed is None else self.load(unseal(bytes(sealed), self._aad(row)))

    def __set__(self, row: object, value: T | None) -> None:
        setattr(row, self.column, None if value is None else seal(self.dump(value), self._aad(row)))

    def _aad(self, row: Any) -> bytes:
        table = cast("Table", row.__table__)
        if row.id is None:
            raise TypeError(
                f"{type(row).__name__}.{self.name} is bound to its row: set id first "
                f"({type(row).__name__}(id=new_id(), {self.name}=...))"
            )
        service = str(table.metadata.info.get("service", ""))
        parts = (service, table.schema or "", table.name, self.column, str(row.id), str(SCHEMA_VERSION))
        return json.dumps(["sealed", *parts]).encode()

    def dump(self, value: T) -> bytes:
        raise NotImplementedError

    def load(self, plaintext: bytes) -> T:
        raise NotImplementedError


class Sealed(_Sealed[str]):
    """Text, sealed. ``Sealed("note")`` keeps its ciphertext in the column ``note_sealed``."""

    def dump(self, value: str) -> bytes:
        """Encode text."""
        return value.encode()

    def load(self, plaintext: bytes) -> str:
        """Decode text."""
        return plaintext.decode()


class SealedBytes(_Sealed[bytes]):
    """Bytes, sealed."""

    def dump(self, value: bytes) -> bytes:
        """Return the bytes unchanged."""
        return value

    def load(self, plaintext: bytes) -> bytes:
        """Return the bytes unchanged."""
        return plaintext


class SealedJson(_Sealed[Any]):
    """Any JSON value, sealed."""

    def dump(self, value: Any) -> bytes:
        """Encode a JSON value."""
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def load(self, plaintext: bytes) -> Any:
        """Decode a JSON value."""
        return json.loads(plaintext)
