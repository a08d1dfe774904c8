"""The words of a person's file: each choice of a form, in the order in which the form shows them."""

from typing import Any

from services.console.web.words import day, moment

KINDS = {
    "met": "Met",
    "spoke": "Spoke (phone, text)",
    "sighted": "Seen by somebody",
    "missed": "Tried, no contact",
}
TOLD = {"met": "Met", "spoke": "Spoke", "sighted": "Seen by somebody", "missed": "Tried, no contact"}
# What ends a pause, or moves its end.
PAUSE_ENDS = {
    "custody": "Out of prison, or a new date",
    "hospital": "Out of hospital, or a new date",
    "away": "Back, or a new date",
}
CHANNELS = {
    "in_person": "In person",
    "phone": "Phone",
    "text": "Text",
    "email": "Email",
    "letter": "Letter",
    "video": "Video",
}
# The usual channel of each kind of contact.
USUAL = {"met": "in_person", "spoke": "phone", "sighted": "in_person", "missed": "in_person"}

REACH = {key: CHANNELS[key] for key in ("in_person", "phone", "text", "email", "letter")}
BY_WHOM = {
    "us": "Only us",
    "us_and_agencies": "Us, and services we refer to",
    "anybody": "Anybody",
}
VOICEMAIL = {
    "nothing": "Nothing: leave no message",
    "first_name_and_number": "A first name and a number, nothing else",
    "as_written": "Exactly these words",
}

MAY_TELL = {
    "alias": "The name they go by",
    "safe_contact": "How they may be reached",
    "language": "Their language",
    "whereabouts": "Where they can be found",
    "person_wants": "What they want",
    "accommodation": "Where they live or sleep",
    "health": "Their health",
    "substance_use": "Drugs and alcohol",
    "money": "Money",
    "legal": "Legal matters",
    "support_needs": "What support they need",
    "appointments": "Their appointments",
}
MAY_TELL_US = {
    "attendance": "Whether they came",
    "outcome": "What became of it",
    "results": "Their results",
}
GIVEN = {
    "spoken": "In person",
    "written": "In writing",
    "by_phone": "By phone",
    "by_text": "By text",
    "through_interpreter": "Through an interpreter",
}
INTERPRETERS = {
    "professional": "A professional interpreter",
    "telephone_service": "A telephone service",
    "staff": "One of us",
}
ENGAGE = {
    "identified": "Identified: we know of the person",
    "approached": "Approached: we have tried to speak",
    "engaged": "Engaged: they speak with us",
    "out_of_touch": "Out of touch",
}
# What can be struck as recorded by mistake, and what that does.
STRUCK = {
    "contact": "A contact",
    "concern": "A concern",
    "said_no": "A no",
    "death": "A death",
}
STRIKING = {
    "contact": "It no longer counts: when the next contact is due, and what it ended or closed, is worked out again "
    "from the contacts that stand.",
    "concern": "It leaves every list. If the safeguarding lead was told of it, tell them that it was a mistake.",
    "said_no": "What stood before stands again. The case plan goes on. Referrals that it ended are listed as tasks: "
    "you decide which to reopen. No service is told automatically.",
    "death": "The file is open again. The case plan goes on where it stood. Referrals that it ended are listed as "
    "tasks: the worker decides which to reopen. No service is told automatically: "
    "tell those who were told.",
}
# The states a worker may record next; the person's no is recorded separately, as their own word.
NEXT = {
    "identified": ("approached", "engaged", "out_of_touch"),
    "approached": ("engaged", "out_of_touch"),
    "engaged": ("out_of_touch",),
    "out_of_touch": ("approached", "engaged"),
}
OPENED = {
    "person": "They came back themselves",
    "safeguarding": "Safeguarding (a supervisor signs)",
    "public_health": "Public health (a supervisor signs)",
}
ABOUT = {"adult": "An adult", "child": "A child"}

HOW_TOLD = {"in_person": "In person", "phone": "By phone", "video": "By video"}
# What was disclosed, by the purpose of the disclosure.
TOLD_FOR = {
    "send": "A referral",
    "show": "What stands in a referral, read by the service",
    "chase": "A reminder, with the reference alone",
    "call": "Told by one of us",
    "no_contact": "Asked not to contact the person",
}
GROUNDS = {
    "gdpr_6_1_e": "Public task (UK GDPR 6(1)(e))",
    "gdpr_9_2_h": "Health or social care (UK GDPR 9(2)(h))",
    "gdpr_9_2_i": "Public health (UK GDPR 9(2)(i))",
    "statute": "A law asks for it (statute)",
    "public_interest": "Public interest",
    "vital_interest": "To save a life (vital interest)",
}

REASONS = {
    "partner_of_somebody_known": "Partner of somebody known to a sister service",
    "street_drinking": "Street drinking",
    "no_settled_home": "No settled home",
    "kept_out_of_services": "Kept out of ordinary services",
    "other": "Another reason",
}
SOURCES = {
    "another_team": "Another team of ours",
    "tb_service": "The TB service",
    "dosh": "Sexual health (DoSH)",
    "sau": "Addictions (SAU)",
    "street_round": "A street round",
    "day_centre": "A day centre",
    "person": "They came themselves",
    "other": "Somebody else",
}


def steps(state: str) -> list[tuple[str, str]]:
    """Return the states of engagement that a worker may record next, as choices of a form."""
    return [(key, ENGAGE[key]) for key in NEXT.get(state, ())]


def held(consent: dict[str, Any]) -> str:
    """Write how long a consent holds, or held: "Since Mon 2 Mar, until Tue 2 Mar 2027"."""
    since = f"Since {day(consent['given_at'])}"
    if consent["withdrawn_at"]:
        return f"{since}, taken back on {moment(consent['withdrawn_at'])}"
    return f"{since}, until {day(consent['expires_at']) if consent['expires_at'] else 'it is withdrawn'}"


def listed(keys: list[str], words: dict[str, str]) -> str:
    """Write several choices as one sentence: "In person, phone"."""
    told = [words.get(key, key.replace("_", " ")) for key in keys]
    return ", ".join([*told[:1], *(word[:1].lower() + word[1:] for word in told[1:])])


# The sections of a file that its list of links leads to.
SECTIONS = (
    ("reach", "How to reach them"),
    ("case", "Case and plan"),
    ("referrals", "Referrals"),
    ("contacts", "Contacts"),
    ("consent", "Consent"),
    ("safeguarding", "Safeguarding"),
    ("names", "Names"),
)

# What was recorded of a person's own word, and the ground on which a no was opened again.
HISTORY = {"said_no": "Said no", "came_back": "Came back", "died": "Died"}
OPENED_BY = {
    "person": "by themselves",
    "safeguarding": "a safeguarding ground",
    "public_health": "a public health ground",
}
