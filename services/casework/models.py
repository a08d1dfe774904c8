"""Every table of casework, imported in one place."""

from services.casework.bank_holiday.models import DaysOffRow
from services.casework.base import Base
from services.casework.board.models import BoardRow, SteppedIn, TimelineEntry
from services.casework.case.models import Case, CaseNote, CaseWorker
from services.casework.hold.models import Hold
from services.casework.member.models import Member
from services.casework.needs_assessment.models import NeedsAssessment
from services.casework.next_step.models import NextStep
from services.casework.plan.models import Action, DecisionNote, Goal, Plan, PlanDecision, PlanStep
from services.casework.projections.models import KnownContact, KnownMail, KnownPerson, KnownReferral
from services.casework.review.models import Review
from services.casework.task.models import Task, TaskLine

__all__ = [
    "Action",
    "Base",
    "BoardRow",
    "Case",
    "CaseNote",
    "CaseWorker",
    "DaysOffRow",
    "DecisionNote",
    "Goal",
    "KnownContact",
    "Hold",
    "KnownMail",
    "KnownPerson",
    "KnownReferral",
    "Member",
    "NeedsAssessment",
    "NextStep",
    "Plan",
    "PlanDecision",
    "PlanStep",
    "Review",
    "SteppedIn",
    "Task",
    "TaskLine",
    "TimelineEntry",
]
