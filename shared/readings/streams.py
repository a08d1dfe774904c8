"""How far the others have heard a service: its stream, and what waits there for each consumer."""

from dataclasses import dataclass

from nats.js import JetStreamContext

from shared import nats as pipe


@dataclass(frozen=True)
class Stream:
    """The messages of a stream that are not handled yet, by the name of the consumer, and whether it is ours."""

    name: str
    waiting: dict[str, int]
    ours: bool


async def stream(js: JetStreamContext, service: str) -> Stream:
    """Read the stream of a service."""
    name = pipe.stream_name(service)
    info = await js.stream_info(name)
    waiting = {
        consumer.name: (consumer.num_pending or 0) + (consumer.num_ack_pending or 0)
        for consumer in await js.consumers_info(name)
    }
    return Stream(name, waiting, pipe.as_we_made_it(info, service, info.config.num_replicas or 1))
