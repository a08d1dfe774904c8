"""Every module with tables of this service, for migrations and tests."""

from services.referrals.appointment import models as appointment
from services.referrals.bank_holiday import models as bank_holiday
from services.referrals.base import Base
from services.referrals.clock import models as clock
from services.referrals.decision import models as decision
from services.referrals.directory import models as directory
from services.referrals.escalation import models as escalation
from services.referrals.mail import models as mail
from services.referrals.message import models as message
from services.referrals.referral import models as referral
from services.referrals.reply import models as reply
from services.referrals.worker import models as worker

__all__ = [
    "Base",
    "appointment",
    "bank_holiday",
    "clock",
    "decision",
    "directory",
    "escalation",
    "mail",
    "message",
    "referral",
    "reply",
    "worker",
]
