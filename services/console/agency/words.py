"""The words an agency reads. None names a person, uses a pronoun for one, or reveals the kind of help needed."""

from typing import Literal

STATES = {
    "sent": "Sent to you",
    "undeliverable": "We think it did not reach you",
    "acknowledged": "You have seen it",
    "waitlisted": "On your waiting list",
    "accepted": "You have taken it on",
    "booked": "There is an appointment",
    "attended": "The appointment was kept",
    "in_treatment": "Ongoing with you",
    "completed": "Finished",
    "declined": "You have said no",
    "withdrawn": "Taken back by us",
}

Phase = Literal["before", "accepted", "booked", "after"]

# The big answers of the first page, with what stands beneath each, by how far we are.
WAYS: dict[str, dict[Phase, tuple[str, str]]] = {
    "yes": {
        "before": ("Yes, we can help", "With an appointment, or one later"),
        "accepted": ("Yes, there is an appointment", "Or a place on your waiting list"),
        "booked": ("Yes, the person came", ""),
        "after": ("It goes on with us", "Or there is another appointment"),
    },
    "not_yet": {
        "before": ("Not yet", "Ask a question, or have us ring you"),
        "accepted": ("Not yet", "Ask a question, or have us ring you"),
        "booked": ("No, or not as planned", "Did not come, moved, cancelled, a question"),
        "after": ("Ask us something", "A question, or have us ring you"),
    },
    "no": {
        "before": ("No", "Not for us, no room, or the wrong address"),
        "accepted": ("No, it has ended", "And why"),
        "booked": ("It has ended", "And why"),
        "after": ("It has ended", "And why"),
    },
    "mistake": dict.fromkeys(("before", "accepted", "booked", "after"), ("Our last answer was a mistake", "")),
}

# The answer as the page repeats it.
SAID = {
    "see": "You have seen it.",
    "accept": "You take it on.",
    "waitlist": "It is on your waiting list.",
    "book": "There is an appointment.",
    "rebook": "The appointment has moved.",
    "question": "You need to know something first.",
    "ring_me": "You would like us to ring you.",
    "not_us": "This is not for you.",
    "wrong_address": "This came to the wrong address.",
    "came": "The person came.",
    "did_not_come": "The person did not come.",
    "turned_away": "The person was turned away.",
    "agency_cancelled": "You cancelled.",
    "could_not_be_reached": "You could not reach the person.",
    "cannot_reach": "You cannot reach the person.",
    "may_not_say": "You may not say.",
    "treat": "It is ongoing with you.",
    "ended": "It has ended with you.",
    "take_back": "Your last answer is taken back.",
}
_AGAIN = "Please open the link of our email again when you"
# What we do after an answer, or they do.
THEN = {
    "see": _AGAIN + " have decided.",
    "accept": _AGAIN + " have a date for the appointment.",
    "waitlist": _AGAIN + " have a place.",
    "question": "We will find out and answer you. You can read the answer here after you enter the security code.",
    "ring_me": "We will ring you on the number we have on record for you.",
    "cannot_reach": "We will help you to reach the person.",
    "could_not_be_reached": "We will help you to reach the person.",
    "may_not_say": "We will not ask you about it again.",
    "wrong_address": "We will put the address right. Please delete the email.",
    "take_back": "It stands where it stood before. Please tell us what is right.",
    "book": "We will tell the person.",
    "rebook": "We will tell the person.",
}

# An appointment from somebody who has not read how the person may be reached.
PROPOSED = "We ring you on the number we have on record for you to confirm it. Only then we tell the person."

# Why a referral ended, or was never accepted. "finished" is the good ending.
FINISHED = ("finished", "It is finished as planned")
REASONS = (
    ("no_capacity", "We have no room"),
    ("not_eligible", "It is outside what we may take on"),
    ("out_of_area", "It is outside our area"),
    ("not_enough_information", "We were not told enough"),
    ("documents_missing", "Papers are missing"),
    ("could_not_reach_person", "We could not reach the person"),
    ("missed_appointments", "Too many appointments were missed"),
    ("risk", "We cannot do it safely"),
    ("known_elsewhere", "Another service is already on it"),
    ("person_declined", "The person did not want it"),
    ("other", "Another reason"),
)

# What is disclosed to an agency, in the order of the page; how the person may be reached stands above it.
TOLD = {
    "first_name": "First name",
    "need": "What we ask you for",
    "person_wants": "What the person wants",
    "language": "Language",
    "interpreter": "Interpreter",
    "access_needs": "Access needs",
    "entitlement": "Entitlement",
    "risk": "Safety information",
    "worker_first_name": "Who works with the person",
    "worker_phone": "Our number",
}
