"""Operations routes of every service: its backlog, its dead letters, and the comparison of events."""

from datetime import datetime
from uuid import UUID

from shared.failure import describe
from shared.http.bodies import View
from shared.http.deps import Platform
from shared.http.idempotency import Once
from shared.http.problems import conflict, not_found, unavailable
from shared.http.routes import Routes
from shared.inbox import dead_letters
from shared.inbox.compare import Comparison
from shared.inbox.lag import lag
from shared.readings import pipes
from shared.readings.rows import rows_of

COUNTED_WITHIN = 5.0

routes = Routes(tags=["operations"])


class BacklogView(View):
    """Outbox rows not yet published or dispatched, and events not yet handled. All zero: the service is idle."""

    to_publish: int
    to_dispatch: int
    to_handle: int
    refused: int
    oldest: datetime | None
    durables: dict[str, int]
    dead_letters: int


class DeadLetterView(View):
    id: UUID
    group: str
    subject: str
    error: str
    attempts: int
    recorded_at: datetime


class DeadLettersView(View):
    items: list[DeadLetterView]


class ReplayView(View):
    result: str


@routes.get("/operations/backlog", allow="operations.read")
async def read_backlog(services: Platform) -> BacklogView:
    """Count what is in transit between this service, NATS and Temporal."""
    if services.nats is None or not services.nats.is_connected:
        raise unavailable("NATS is away, so the events this service has not handled yet cannot be counted.")
    owed = await pipes.outbox(rows_of(services.work, COUNTED_WITHIN))
    js = services.nats.jetstream(timeout=5)  # pyright: ignore[reportUnknownMemberType]
    durables = await lag(js, services.groups)
    return BacklogView(
        to_publish=owed.to_publish,
        to_dispatch=owed.to_dispatch,
        to_handle=sum(durables.values()),
        refused=owed.refused,
        oldest=owed.oldest,
        durables=durables,
        dead_letters=await dead_letters.count(services.work),
    )


class CaughtUpView(View):
    """Events compared with those that their owners sent, those handled only now, and owners that did not answer."""

    compared: int
    handled: int
    silent: list[str]


@routes.post("/operations/catch-up", allow="operations.catch_up", status_code=200, keyless=True)
async def catch_up(services: Platform) -> CaughtUpView:
    """Compare the events this service has handled with those the others sent, and handle the missing ones.

    The service does the same periodically; a repeat finds nothing.
    """
    if services.nats is None or not services.nats.is_connected:
        raise unavailable("NATS is away, so the other services cannot be asked what they sent.")
    found = await Comparison(services.work, services.until_nats, services.groups).once(whole=True)
    return CaughtUpView(compared=found.compared, handled=found.handled, silent=list(found.silent))


@routes.get("/operations/dead-letters", allow="operations.read")
async def read_dead_letters(services: Platform) -> DeadLettersView:
    """List messages that no handler could process, oldest first (at most 100), with reason and attempts."""
    found = await dead_letters.list_open(services.work)
    return DeadLettersView(
        items=[
            DeadLetterView(
                id=letter.id,
                group=letter.group,
                subject=letter.subject,
                error=letter.error,
                attempts=letter.attempts,
                recorded_at=letter.recorded_at,
            )
            for letter in found
        ]
    )


@routes.post("/operations/dead-letters/{dead_letter_id}/replay", allow="dead_letter.replay", status_code=200)
async def replay(dead_letter_id: UUID, services: Platform, once: Once) -> object:
    """Run a dead letter through its handler again, once the cause is repaired. Handled twice, it has one effect."""

    async def again() -> ReplayView:
        try:
            return ReplayView(result=await dead_letters.replay(services.work, services.groups, dead_letter_id))
        except dead_letters.UnknownDeadLetter:
            raise not_found() from None
        except dead_letters.NotOpened as error:
            raise conflict(f"{str(error).capitalize()}.", rule="not_opened") from None
        except Exception as error:  # whatever the handler raised is reported to the caller
            raise conflict(f"It could not be handled this time either: {describe(error)}.") from None

    return await once(None, again, status=200)
