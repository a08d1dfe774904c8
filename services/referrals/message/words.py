"""The words of messages."""

from enum import StrEnum


class Kind(StrEnum):
    """What a message is for."""

    FIRST = "first"  # the referral itself: a reference, what is asked, how to answer
    REMINDERS = "reminders"  # one agency's list of one day
    NO_CONTACT = "no_contact"  # please do not contact this person
    FRESH_LINK = "fresh_link"  # a new link in place of a dead one


class Status(StrEnum):
    """Where a message stands.

    `sending` was written before anything left, so a message found there may or may not have left. `unclear`: so it
    stands for good, because nothing of it is wanted any more. `to_call`: there is no address, so a worker rings them;
    `called`: they were told by that call.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    VOID = "void"
    BOUNCED = "bounced"
    UNCLEAR = "unclear"
    TO_CALL = "to_call"
    CALLED = "called"


# What the mailer still has to do with.
PENDING = frozenset({Status.WAITING, Status.SENDING})
# Something of these has reached the agency, or may have.
LEFT = frozenset({Status.SENDING, Status.SENT, Status.BOUNCED, Status.UNCLEAR, Status.CALLED})
