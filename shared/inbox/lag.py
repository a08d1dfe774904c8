"""The consumer lag of a service: messages that wait for its durables, or are delivered and not acknowledged."""

from collections.abc import Sequence

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from shared.inbox.handling import HandlerGroup
from shared.nats import stream_name

__all__ = ["lag"]


async def lag(js: JetStreamContext, groups: Sequence[HandlerGroup]) -> dict[str, int]:
    """Return the number of messages not yet handled, by `durable@stream`; a missing durable is left out."""
    found: dict[str, int] = {}
    for group in groups:
        for source in group.streams():
            try:
                info = await js.consumer_info(stream_name(source), group.durable)
            except NotFoundError:
                continue
            found[f"{group.durable}@{stream_name(source)}"] = (info.num_pending or 0) + (info.num_ack_pending or 0)
    return found
