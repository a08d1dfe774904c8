"""The words an agency reads. None names a person, uses a pronoun for one, or reveals the kind of help needed."""

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
# What we do after an answer.
THEN = {
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
    "worker_phone": "Their number",
}
