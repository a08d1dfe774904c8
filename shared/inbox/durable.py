"""A group's durable consumer on one stream: made, kept at today's settings, and made again after a loss."""

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy
from nats.js.errors import NotFoundError

from shared import log
from shared.inbox.handling import HandlerGroup
from shared.nats import ensure_stream, stream_name

__all__ = ["ACK_WAIT_SECONDS", "as_we_made_it", "ensure_durable"]

# How long a message taken by a process that died is out of sight. Near the longest handling time we accept.
ACK_WAIT_SECONDS = 15.0
_MOST_UNACKED = 256


async def ensure_durable(js: JetStreamContext, group: HandlerGroup, source: str, subjects: list[str]) -> None:
    """Make the durable of `group` on the stream of `source`, or bring the one there to our settings.

    It always starts at the beginning of the stream: "new" is decided by when an event was recorded (`starts`), for
    the server's own "new" would forget, after a lost stream, what was published but not handled yet.
    """
    await ensure_stream(js, source)
    stream = stream_name(source)
    try:
        found = await js.consumer_info(stream, group.durable)
    except NotFoundError:
        found = None
    if found is not None and (set(subjects) - _subjects(found) or not _hears_all(found)):
        # It has gone past the events of the new subjects, or somebody had it begin elsewhere. From the start again: the
        # inbox skips what was handled.
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
    """False when somebody else has changed it, or made one of the same name."""
    return _hears_all(found) and not _differs(found, subjects)


def _hears_all(found: ConsumerInfo) -> bool:
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
