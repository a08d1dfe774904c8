"""What people decide about the course of a plan or a referral, and how another service asks referrals for a decision.

Asked by NATS request and reply (`shared.asking`), in seconds. Nothing here runs: names and plain dataclasses, ids,
instants and codes only.
"""

from dataclasses import dataclass
from datetime import datetime

# About a plan; casework decides.
HOLD, RESUME, REASSIGN, REVIEW, CLOSE = "hold", "resume", "reassign", "review", "close"
# About a referral; referrals decides.
EXTEND, ESCALATE_NOW, ACKNOWLEDGE, OFFER_ALTERNATIVE, WITHDRAW = (
    "extend",
    "escalate_now",
    "acknowledge",
    "offer_alternative",
    "withdraw",
)

# Outside `alongside.>`: what the streams keep is events, and a question is answered or lost.
DECIDE_REFERRAL = "ask.referrals.decision"


@dataclass(frozen=True)
class DecisionRequest:
    """Decide this about a referral, now. Only the fields its `kind` needs are set.

    The same `decision_id` is decided once and gets the same answer. `by` is the user id of whoever decides, `team_id`
    the team for which the caller has found that they may: of another team's referral nothing is known. `until` bounds
    an acknowledgement; `reason` is a code of the vocabulary, never free text.
    """

    decision_id: str
    referral_id: str
    team_id: str
    kind: str
    by: str
    until: datetime | None = None
    working_days: int | None = None
    reason: str | None = None
    correlation_id: str = ""


@dataclass(frozen=True)
class DecisionAnswer:
    """`done` is False when it could not be done, or no longer; `why` says so in words fit for the one who asked.

    The rest says where the referral stands: after the decision, or now where it was made before.
    """

    done: bool
    why: str
    stage: str = ""
    who: str = "nobody"
    next_step: str = ""
    next_at: datetime | None = None
    level: int = 0
