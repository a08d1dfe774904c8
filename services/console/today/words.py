"""The words for each kind of task in a list, and the kinds that are closed elsewhere."""

from typing import Final

TASKS: Final = {
    "ask_worker": "Ring them: no answer yet",
    "tell_supervisor": "They are waiting too long for an answer",
    "ask_supervisor_to_ring": "Ring their manager",
    "offer_alternative": "Offer another service",
    "case_conference": "Talk it over together",
    "our_turn": "It waits for us: see what is missing",
    "our_turn_supervisor": "It waits too long for us",
    "answer_question": "They need something from us: answer them",
    "answer_question_supervisor": "A service waits for our answer",
    "read_mail": "An email came: read it",
    "correct_address": "Their mailbox is closed: put the address right",
    "confirm_address": "An address or a number of a service was changed: a second person confirms it",
    "split_mail": "An email speaks of people of two teams: read it",
    "ring_to_refer": "Ring them and make the referral: they have no email address",
    "inform_person": "Tell the person about the appointment",
    "two_appointments": "Two appointments at about the same time: see to it before anybody is told",
    "confirm_appointment": "An appointment is proposed: ring the service to confirm it",
    "what_became": "The appointment’s hour has passed: what became of it?",
    "ring_after_miss": "Ring the person: they missed the appointment",
    "go_along": "Go with the person",
    "declined_after_acceptance": "The service said no after it had said yes",
    "declined_after_acceptance_supervisor": "A service said no after it had said yes",
    "next_step": "Record the next step",
    "keep_postpone_withdraw": "Out of touch: keep, postpone or withdraw the referrals",
    "service_shut": "A service has closed: ask another one, or close the referral",
    "move_or_cancel_appointment": "Ask to move or cancel the appointment",
    "waiting_for_worker": "Waiting for a worker",
    "case_given": "This case is yours now: read the file",
    "speak_together": "Speak with your supervisor about this person",
    "speak_together_supervisor": "Speak with the worker about this person",
    "review_after_said_no": "Ask what their no means for what is under way",
    "ended_by_mistake": "A death or a no was recorded by mistake: look at what goes on, and what was ended",
    "closed_by_mistake": "A death was recorded by mistake: open the case again",
    "answer_refused": "The service answered, and it could not be taken: read what they said, and ring them",
    "answer_changed": "They took back their no after something else was done instead: decide which holds",
    "refer_again": "Ended by mistake: open the referral again, or leave it",
    "not_seen": "Not seen for longer than agreed: look for the person",
    "another_way": "Not seen: try another place, time or person",
    "tell_supervisor_not_seen": "Not seen for longer than agreed",
    "check_custody": "Out of touch: ask the prisons",
    "check_hospital": "Out of touch: ask the hospitals",
    "check_coroner": "Out of touch: ask the coroner",
    "check_shelter": "Out of touch: ask the shelters",
    "review": "Look at the plan together",
    "outcome_form": "Fill in the needs form together",
    "phase_ends": "The phase of the plan ends: what comes next?",
    "look_again": "Has the pause ended?",
    "check_return": "Met or seen during the pause: has it ended?",
    "first_day_back": "First day back: see the person",
    "see_after_release": "Release: see the person that day or the next",
    "check_naloxone": "Release: naloxone with them",
    "check_prescription": "Release: prescription in place",
    "check_bed": "Release: a bed for the night",
    "prison_contact": "Contact in prison",
    "ask_release_date": "Ask for the release date",
    "ward_visit": "Visit the person on the ward",
    "overdue": "An overdue task",
    "read_override": "Information may be shared without consent: read the decision",
    "read_disclosure": "Information was shared without consent: read what and why",
    "read_no_opened": "A no was reopened without the person’s own word: read why",
    "read_override_supervisor": "The guardian decided to share without consent: read it",
    "read_disclosure_supervisor": "Information was shared on the guardian’s decision: read it",
    "read_no_opened_supervisor": "The guardian reopened a no: read why",
    "guardian_disagrees": "The guardian does not agree with a decision: speak about it today",
}
# Done by going to the person.
VISITS: Final = frozenset(
    {
        "inform_person",
        "go_along",
        "not_seen",
        "another_way",
        "first_day_back",
        "see_after_release",
        "check_naloxone",
        "check_prescription",
        "check_bed",
        "prison_contact",
        "ward_visit",
        "check_return",
    }
)
# Done by ringing the agency: all of them in one call.
CALLS: Final = frozenset({"ask_worker", "ask_supervisor_to_ring", "move_or_cancel_appointment", "ring_to_refer"})
# An email is read on its own page.
MAILS: Final = frozenset({"read_mail", "correct_address", "split_mail"})
# Something came from an agency.
REPLIES: Final = frozenset(
    {
        "read_mail",
        "correct_address",
        "answer_question",
        "declined_after_acceptance",
        "declined_after_acceptance_supervisor",
    }
)
# Answered together, on one page: the pause has ended, it ends on a day, or nobody knows.
OF_A_PAUSE: Final = frozenset({"look_again", "check_return", "ask_release_date"})

SEEN: Final = {"met": "Met", "spoke": "Spoke", "sighted": "Seen"}


def task(kind: str) -> str:
    """Return what a task asks; a kind without words of its own is still legible."""
    return TASKS.get(kind, kind.replace("_", " ").capitalize())


def they_did(what: str) -> str:
    """Write what an agency did, in the board's words: "They booked an appointment"."""
    return f"They {what}"
