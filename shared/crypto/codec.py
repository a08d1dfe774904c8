"""Encryption of the workflow engine's payloads: arguments, results, signals, memos, and messages of failures."""

from collections.abc import Sequence
from dataclasses import replace

from temporalio.api.common.v1 import Payload
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec

from shared.crypto.keyring import keyring

ENCODING = b"binary/encrypted"
_AAD = b"temporal|payload|1"


class SealedCodec(PayloadCodec):
    """A codec that encrypts every payload whole, its own encoding and type hints included."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seal each payload with the active key."""
        ring = keyring()
        return [
            Payload(
                metadata={"encoding": ENCODING, "key-id": ring.active_id.encode()},
                data=ring.encrypt(payload.SerializeToString(), _AAD),
            )
            for payload in payloads
        ]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Open each sealed payload; the engine's own, which are not sealed, pass unchanged. Raise SealBroken."""
        ring = keyring()
        return [
            Payload.FromString(ring.decrypt(payload.data, _AAD))
            if payload.metadata.get("encoding", b"") == ENCODING
            else payload
            for payload in payloads
        ]


def data_converter() -> DataConverter:
    """Return the converter of every client and worker of ours: plain JSON, sealed, failures encoded too."""
    return replace(
        DataConverter.default,
        payload_codec=SealedCodec(),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
