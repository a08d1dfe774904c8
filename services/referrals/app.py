"""The referrals service: its routes, activities, handlers and background work."""

from fastapi import FastAPI

from services.referrals.activities import ReferralActivities
from services.referrals.bank_holiday.api import routes as bank_holidays
from services.referrals.bank_holiday.recounting import keep_counted
from services.referrals.base import SERVICE as NAME
from services.referrals.clock.api import routes as clocks
from services.referrals.decision.api import routes as decisions
from services.referrals.decision.desk import answer_decisions
from services.referrals.directory.api import routes as directory
from services.referrals.directory_change.api import routes as directory_changes
from services.referrals.handlers import GROUPS
from services.referrals.mail.api import inbound
from services.referrals.mail.api import routes as mails
from services.referrals.mail.team_mailbox import mailbox
from services.referrals.mail.watched_folder import inbound_mail
from services.referrals.mailer import mailer
from services.referrals.metrics import figures
from services.referrals.note.api import routes as notes
from services.referrals.operations import keep_note, reconcile_once
from services.referrals.operations import routes as operations
from services.referrals.outbound.api import routes as messages
from services.referrals.outbound.api import second_steps
from services.referrals.referral.api import routes as referrals
from services.referrals.reply.api import calls
from services.referrals.reply.api import routes as replies
from services.referrals.setup.api import routes as setup
from services.referrals.worker.api import routes as workers
from shared.http.app import create_app
from shared.http.state import Services
from shared.process import Service, run_service
from shared.settings import Settings

ROUTES = [
    directory, directory_changes, referrals, notes, decisions, calls, replies, messages, second_steps, inbound, mails,
    clocks, bank_holidays, workers, setup, operations,
]  # fmt: skip


def create(services: Services) -> FastAPI:
    """Create the HTTP application."""
    return create_app(
        services, ROUTES, description="Who else helps: directory, referrals, replies, clocks and ladders."
    )


def service(settings: Settings | None = None) -> Service:
    """Describe what one process of this service runs."""
    return Service(
        NAME,
        app=create,
        activities=lambda services: ReferralActivities(services.work).all(),
        refused=lambda services: ReferralActivities(services.work).keep_refused,
        handler_groups=GROUPS,
        reconcile=reconcile_once,
        figures=figures,
        background=[answer_decisions, mailer, inbound_mail, mailbox, keep_counted, keep_note],
    )


def main() -> None:
    """Run until a signal stops the process."""
    run_service(service())
