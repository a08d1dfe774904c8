"""The events that casework handles, and their handlers.

Projections read from the first event; reactions act only on events that are recorded after they first ran.
"""

from services.casework.bank_holiday import event_handlers as bank_holidays
from services.casework.board import projection
from services.casework.event_handlers import (
    addresses,
    appointments,
    contacts,
    decisions,
    escalations,
    mail_tasks,
    moves,
    oversight,
    people,
    questions,
    referral_timeline,
    unreachable,
)
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
            told_by_referrals.ReferralDrafted: referral_timeline.drafted,
            told_by_referrals.ReferralMoved: referral_timeline.moved,
            told_by_referrals.QuestionRaised: referral_timeline.question_raised,
            told_by_referrals.QuestionAnswered: referral_timeline.question_answered,
            told_by_referrals.AppointmentTold: referral_timeline.person_informed,
            told_by_referrals.AppointmentConfirmed: referral_timeline.confirmed,
            told_by_referrals.EscalationRecorded: referral_timeline.escalated,
            told_by_referrals.EscalationsResolved: referral_timeline.resolved,
            told_by_referrals.ReferralDecided: referral_timeline.decided,
            told_by_referrals.CallNeeded: referral_timeline.call_needed,
        },
    ),
    HandlerGroup("board", "casework", {ReferralStandingChanged: projection.project}),
    HandlerGroup(
        "referral-tasks",
        "casework",
        {
            told_by_referrals.ReferralMoved: moves.moved,
            told_by_referrals.CallNeeded: unreachable.call_needed,
            told_by_referrals.QuestionRaised: questions.question_raised,
            told_by_referrals.QuestionAnswered: questions.question_answered,
            told_by_referrals.AppointmentTold: appointments.person_informed,
            told_by_referrals.AppointmentConfirmed: appointments.confirmed,
            told_by_referrals.EscalationRecorded: escalations.escalated,
            told_by_referrals.EscalationsResolved: escalations.resolved,
            told_by_referrals.ServiceShut: unreachable.service_shut,
            told_by_referrals.MailArrived: mail_tasks.mail_arrived,
            told_by_referrals.MailRead: mail_tasks.mail_read,
            told_by_referrals.ReferralDecided: decisions.decided,
        },
        start="new",
    ),
)
