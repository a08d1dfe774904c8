"""The kinds and states of messages."""

from enum import StrEnum


class Kind(StrEnum):
    """What a message is for."""

    FIRST = "first"  # the referral itself: a reference, the request, how to answer
    REMINDERS = "reminders"  # one agency's list of one day
    NO_CONTACT = "no_contact"  # please do not contact this person
    FRESH_LINK = "fresh_link"  # a new link in place of a dead one


class Status(StrEnum):
    """The state of a message.

    `sending` is written before anything leaves, so a message found in it may or may not have left. `unclear`: the same
    for good, because nothing of the message is wanted any more. `to_call`: there is no address, so a worker rings the
    service; `called`: that call was made.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    VOID = "void"
    BOUNCED = "bounced"
    UNCLEAR = "unclear"
    TO_CALL = "to_call"
    CALLED = "called"


# The states of which the mailer takes messages.
PENDING = frozenset({Status.WAITING, Status.SENDING})
# In these states something of the message has reached the agency, or may have.
LEFT = frozenset({Status.SENDING, Status.SENT, Status.BOUNCED, Status.UNCLEAR, Status.CALLED})
