"""The events that casework handles, and their handlers.

Projections read from the first event; reactions act only on events that are recorded after they first ran.
"""

from services.casework.bank_holiday import heard as bank_holidays
from services.casework.board import projection
from services.casework.heard import contacts, people, referrals
from services.casework.task import addresses, oversight, reactions
from shared.events import intake as told_by_intake
from shared.events import referrals as told_by_referrals
from shared.events.board import ReferralStandingChanged
from shared.inbox.consumer import HandlerGroup

GROUPS = (
    HandlerGroup(
        "people",
        "casework",
        {
            told_by_intake.PersonRegistered: people.registered,
            told_by_intake.PersonSaidNo: people.said_no,
            told_by_intake.PersonCameBack: people.came_back,
            told_by_intake.PersonDied: people.died,
            told_by_intake.PersonNoStruck: people.no_struck,
            told_by_intake.PersonDeathStruck: people.death_struck,
        },
    ),
    HandlerGroup(
        "contacts",
        "casework",
        {told_by_intake.ContactLogged: contacts.logged, told_by_intake.ContactStruck: contacts.struck},
    ),
    # From the first event on: no record may wait unseen because casework was started later.
    HandlerGroup(
        "oversight",
        "casework",
        {told_by_intake.OversightNeeded: oversight.needed, told_by_intake.OversightGiven: oversight.given},
    ),
    HandlerGroup("bank-holidays", "casework", {told_by_referrals.BankHolidaysChanged: bank_holidays.changed}),
    HandlerGroup(
        "addresses",
        "casework",
        {
            told_by_referrals.ContactProposed: addresses.proposed,
            told_by_referrals.ContactDecided: addresses.decided,
        },
    ),
    HandlerGroup(
        "referral-board",
        "casework",
        {
            told_by_referrals.ReferralDrafted: referrals.drafted,
            told_by_referrals.ReferralMoved: referrals.moved,
            told_by_referrals.QuestionRaised: referrals.question_raised,
            told_by_referrals.QuestionAnswered: referrals.question_answered,
            told_by_referrals.AppointmentTold: referrals.told,
            told_by_referrals.AppointmentConfirmed: referrals.confirmed,
            told_by_referrals.EscalationRecorded: referrals.escalated,
            told_by_referrals.EscalationsResolved: referrals.resolved,
            told_by_referrals.ReferralDecided: referrals.decided,
            told_by_referrals.CallNeeded: referrals.call_needed,
        },
    ),
    HandlerGroup("board", "casework", {ReferralStandingChanged: projection.project}),
    HandlerGroup(
        "referral-tasks",
        "casework",
        {
            told_by_referrals.ReferralMoved: reactions.moved,
            told_by_referrals.CallNeeded: reactions.call_needed,
            told_by_referrals.QuestionRaised: reactions.question_raised,
            told_by_referrals.QuestionAnswered: reactions.question_answered,
            told_by_referrals.AppointmentTold: reactions.told,
            told_by_referrals.AppointmentConfirmed: reactions.confirmed,
            told_by_referrals.EscalationRecorded: reactions.escalated,
            told_by_referrals.EscalationsResolved: reactions.resolved,
            told_by_referrals.ServiceShut: reactions.service_shut,
            told_by_referrals.MailArrived: reactions.mail_arrived,
            told_by_referrals.MailRead: reactions.mail_read,
            told_by_referrals.ReferralDecided: reactions.decided,
        },
        start="new",
    ),
)
