"""A group's durable consumer on one stream: created, kept at the current settings, and created again after a loss."""

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy
from nats.js.errors import NotFoundError

from shared import log
from shared.inbox.handling import HandlerGroup
from shared.nats import ensure_stream, stream_name

__all__ = ["ACK_WAIT_SECONDS", "as_we_made_it", "ensure_durable"]

# How long a message stays undelivered after its process died. Close to the longest handling time that we accept.
ACK_WAIT_SECONDS = 15.0
_MOST_UNACKED = 256


async def ensure_durable(js: JetStreamContext, group: HandlerGroup, source: str, subjects: list[str]) -> None:
    """Create the durable of `group` on the stream of `source`, or update an existing one to our settings.

    The durable always starts at the beginning of the stream: whether an event is new is decided by when it was recorded
    (`starts`), for the server's own "new" would skip, after a lost stream, events that are not handled yet.
    """
    await ensure_stream(js, source)
    stream = stream_name(source)
    try:
        found = await js.consumer_info(stream, group.durable)
    except NotFoundError:
        found = None
    if found is not None and (set(subjects) - _subjects(found) or not _delivers_all(found)):
        # The durable is past the events of the new subjects, or was set by hand to start elsewhere. Start it again from
        # the beginning: the inbox skips events that were handled.
        log.get().info("consumer hears more, starts again", group=group.durable, stream=stream)
        await js.delete_consumer(stream, group.durable)
        found = None
    if found is None or _differs(found, subjects):
        await js.add_consumer(  # pyright: ignore[reportUnknownMemberType]
            stream,
            ConsumerConfig(
                durable_name=group.durable,
                deliver_policy=DeliverPolicy.ALL,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=ACK_WAIT_SECONDS,
                max_ack_pending=_MOST_UNACKED,
                max_deliver=-1,
                filter_subjects=subjects,
            ),
        )


def as_we_made_it(found: ConsumerInfo, subjects: list[str]) -> bool:
    """Return whether the durable has our settings: it may have been changed or replaced by hand."""
    return _delivers_all(found) and not _differs(found, subjects)


def _delivers_all(found: ConsumerInfo) -> bool:
    config = found.config
    return config.deliver_policy in (None, DeliverPolicy.ALL) and not config.headers_only and not found.paused


def _subjects(found: ConsumerInfo) -> set[str]:
    config = found.config
    return set(config.filter_subjects or ()) | ({config.filter_subject} if config.filter_subject else set[str]())


def _differs(found: ConsumerInfo, subjects: list[str]) -> bool:
    config = found.config
    return (
        _subjects(found) != set(subjects)
        or config.ack_wait != ACK_WAIT_SECONDS
        or config.max_ack_pending != _MOST_UNACKED
        or config.max_deliver != -1
        or config.ack_policy not in (None, AckPolicy.EXPLICIT)
    )
