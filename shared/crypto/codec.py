"""What the workflow engine carries, sealed: arguments, results, signals, memos, and the words of failures."""

from collections.abc import Sequence
from dataclasses import replace

from temporalio.api.common.v1 import Payload
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec

from shared.crypto.keyring import keyring

ENCODING = b"binary/encrypted"
_AAD = b"temporal|payload|1"


class SealedCodec(PayloadCodec):
    """Encrypts every payload whole, its own encoding and type hints included."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seal."""
        ring = keyring()
        return [
            Payload(
                metadata={"encoding": ENCODING, "key-id": ring.active_id.encode()},
                data=ring.encrypt(payload.SerializeToString(), _AAD),
            )
            for payload in payloads
        ]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Open; payloads that were never sealed (the engine's own) pass as they are. Raises SealBroken."""
        ring = keyring()
        return [
            Payload.FromString(ring.decrypt(payload.data, _AAD))
            if payload.metadata.get("encoding", b"") == ENCODING
            else payload
            for payload in payloads
        ]


def data_converter() -> DataConverter:
    """The converter every client and worker of ours uses: plain JSON, sealed, failures encoded too."""
    return replace(
        DataConverter.default,
        payload_codec=SealedCodec(),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
