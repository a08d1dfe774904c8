"""The workflow engine sees nothing of what it carries: payloads, results, signals, and the words of failures."""

import asyncio
import base64

import pytest
from google.protobuf.json_format import MessageToJson
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ActivityError, ApplicationError

from shared.crypto.codec import ENCODING, SealedCodec
from shared.crypto.keyring import Keyring, SealBroken
from shared.ids import new_id
from shared.settings import Settings
from shared.temporal.activities import REFUSED
from shared.temporal.worker import activity_worker, workflow_worker
from tests.shared.crypto.carries import Carries, Told, echo, refuse_it

CANARY = "Canary-In-The-Payload"


async def test_payloads_are_sealed_whole_and_tampering_is_noticed(ring: Keyring) -> None:
    codec = SealedCodec()
    plain = Payload(metadata={"encoding": b"json/plain", "type": b"Canary"}, data=b'"Canary"')
    (sealed,) = await codec.encode([plain])
    assert sealed.metadata["encoding"] == ENCODING and b"Canary" not in sealed.SerializeToString()
    assert await codec.decode([sealed]) == [plain]
    assert await codec.decode([plain]) == [plain]
    sealed.data = sealed.data[:-1] + bytes([sealed.data[-1] ^ 1])
    with pytest.raises(SealBroken):
        await codec.decode([sealed])


async def test_the_server_never_sees_a_word(temporal_client: Client, settings: Settings) -> None:
    queue = f"codec-{new_id()}"
    bare = await Client.connect(settings.temporal_address)  # no codec: what the server itself holds
    async with (
        workflow_worker(temporal_client, queue, [Carries]),
        activity_worker(temporal_client, f"{queue}-a", [echo, refuse_it]),
    ):
        handle = await temporal_client.start_workflow(
            Carries.run, Told(CANARY), id=queue, task_queue=queue, memo={"note": CANARY}
        )
        assert await handle.execute_update(Carries.answer, CANARY) == CANARY
        await handle.signal(Carries.hear, CANARY)
        with pytest.raises(WorkflowFailureError) as failed:
            await asyncio.wait_for(handle.result(), 30)
    cause = failed.value.cause
    assert isinstance(cause, ActivityError) and isinstance(cause.cause, ApplicationError)
    # We can read why it failed ...
    assert CANARY in str(cause.cause) and cause.cause.type == REFUSED and cause.cause.details == (CANARY,)
    # ... the server cannot.
    seen = bare.get_workflow_handle(queue)
    history = (await seen.fetch_history()).to_json()
    described = await seen.describe()
    assert "Encoded failure" in history and "binary/encrypted" not in history  # base64 in JSON
    for held in (history, MessageToJson(described.raw_description)):
        assert CANARY not in held and "not this one" not in held
        assert _base64_of(CANARY).isdisjoint(held[i : i + 12] for i in range(len(held)))


def _base64_of(words: str) -> set[str]:
    """Pieces of 12 characters that any base64 of a text holding these words would show."""
    return {base64.b64encode(b" " * pad + words.encode())[4:16].decode() for pad in range(3)}
