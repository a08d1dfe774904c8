"""The codes of a referral: states, moves, actions and the structured reasons, for every noun of the service."""

from enum import StrEnum


class State(StrEnum):
    """The state of a referral (vocabulary: referral states)."""

    DRAFT = "draft"
    AWAITING_CONSENT = "awaiting_consent"
    SENT = "sent"
    UNDELIVERABLE = "undeliverable"
    ACKNOWLEDGED = "acknowledged"
    WAITLISTED = "waitlisted"
    ACCEPTED = "accepted"
    BOOKED = "booked"
    ATTENDED = "attended"
    IN_TREATMENT = "in_treatment"
    COMPLETED = "completed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


ENDINGS = frozenset({State.COMPLETED, State.DECLINED, State.WITHDRAWN})
OPEN = frozenset(State) - ENDINGS


class Move(StrEnum):
    """The moves of a referral."""

    SEND = "send"
    AGREED = "agreed"
    RESEND = "resend"
    BOUNCE = "bounce"
    SEE = "see"
    WAITLIST = "waitlist"
    ACCEPT = "accept"
    BOOK = "book"
    REBOOK = "rebook"
    TOLD = "told"
    ATTEND = "attend"
    MISS = "miss"
    TREAT = "treat"
    COMPLETE = "complete"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


# Answers that tell us whether the person came; asked of an agency only if the person agreed to that.
ABOUT_ATTENDANCE = frozenset({Move.ATTEND, Move.MISS, Move.TREAT, Move.COMPLETE})
# These need a permit of intake first; the state stays until the answer has come.
GATED = frozenset({Move.SEND, Move.AGREED, Move.RESEND})


class MissKind(StrEnum):
    """Why an appointment did not happen. Only the first counts as the person's."""

    DID_NOT_COME = "did_not_come"
    NOT_TOLD = "not_told"
    TURNED_AWAY = "turned_away"
    AGENCY_CANCELLED = "agency_cancelled"
    COULD_NOT_BE_REACHED = "could_not_be_reached"
    IN_CUSTODY_OR_HOSPITAL = "in_custody_or_hospital"


class DeclineReason(StrEnum):
    """Why the service said no."""

    NO_CAPACITY = "no_capacity"
    NOT_ELIGIBLE = "not_eligible"
    OUT_OF_AREA = "out_of_area"
    WRONG_SERVICE = "wrong_service"
    NOT_ENOUGH_INFORMATION = "not_enough_information"
    DOCUMENTS_MISSING = "documents_missing"
    COULD_NOT_REACH_PERSON = "could_not_reach_person"
    MISSED_APPOINTMENTS = "missed_appointments"
    RISK = "risk"
    KNOWN_ELSEWHERE = "known_elsewhere"
    PERSON_DECLINED = "person_declined"
    OTHER = "other"


class WithdrawReason(StrEnum):
    """Why we withdrew it."""

    PERSON_DECLINED = "person_declined"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    OURS = "ours"
    DIED = "died"
    OPENED_IN_ERROR = "opened_in_error"


class StallReason(StrEnum):
    """Why it waits too long, as far as we found out."""

    AGENCY_NOT_ANSWERING = "agency_not_answering"
    NO_CAPACITY = "no_capacity_or_waiting_list"
    WRONG_SERVICE = "wrong_service"
    NEVER_CAME = "they_say_it_never_came"
    DOCUMENTS = "waiting_for_documents"
    IDENTITY = "no_identity_paper_accepted"
    NOT_TOLD = "person_not_informed"
    CANNOT_BE_FOUND = "cannot_be_found"
    CUSTODY = "in_custody"
    HOSPITAL = "in_hospital"
    CHANGED_MIND = "changed_mind"
    OTHER = "other"


class Action(StrEnum):
    """The action of a rung."""

    REMIND_AGENCY = "remind_agency"
    ASK_WORKER = "ask_worker"
    TELL_SUPERVISOR = "tell_supervisor"
    ASK_SUPERVISOR_TO_RING = "ask_supervisor_to_ring"
    OFFER_ALTERNATIVE = "offer_alternative"
    CASE_CONFERENCE = "case_conference"
