"""Casework as a process: cases, plans, tasks, reviews and the supervisor's board."""

from fastapi import FastAPI

from services.casework import handlers
from services.casework.account import api as account
from services.casework.activities import activities
from services.casework.bank_holiday import api as bank_holiday
from services.casework.bank_holiday.recounting import keep_counted
from services.casework.board import api as board
from services.casework.board.feed import Feed
from services.casework.case import api as case
from services.casework.command import api as command
from services.casework.member.service import Acquaintance
from services.casework.needs_assessment import api as needs_assessment
from services.casework.next_step import api as next_step
from services.casework.note import api as note
from services.casework.operations import api as operations
from services.casework.operations import metrics
from services.casework.operations.reconciliation import keep_note, reconcile_once
from services.casework.operations.schedule import keep_scheduled, sweep_after_leaps
from services.casework.plan import api as plan
from services.casework.plan.activities import PlanActivities
from services.casework.review import api as review
from services.casework.task import api as task
from shared.http.app import create_app
from shared.http.state import Services
from shared.process import Service, run_service
from shared.settings import Settings

ROUTES = (
    case.routes,
    case.caseloads,
    account.routes,
    needs_assessment.routes,
    plan.starting,
    plan.routes,
    review.routes,
    task.routes,
    next_step.routes,
    note.routes,
    bank_holiday.routes,
    board.routes,
    command.routes,
    operations.routes,
)


def create(services: Services) -> FastAPI:
    """Create the HTTP application."""
    built = create_app(services, ROUTES, description="Cases, plans, tasks, reviews and the supervisor's board.")
    services.meet = Acquaintance(services.database).meet
    built.state.board_feed = Feed(services.database)
    return built


def service(settings: Settings | None = None) -> Service:
    """Describe what one process of this service runs."""
    return Service(
        name="casework",
        app=create,
        activities=activities,
        refused=lambda services: PlanActivities(services).keep_refused,
        handler_groups=handlers.GROUPS,
        reconcile=reconcile_once,
        figures=metrics.figures,
        background=(keep_scheduled, sweep_after_leaps, keep_counted, keep_note),
    )


def main() -> None:
    """Run until TERM or Ctrl-C."""
    run_service(service())
