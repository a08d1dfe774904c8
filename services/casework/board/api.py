"""Routes of the board."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Header, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic_core import to_json

from services.casework.board import changes_since, feed, figures, notes, people, query, stream
from services.casework.board.agencies import agencies
from services.casework.board.counted import Reached
from services.casework.board.query import Filters, Sort
from services.casework.board.schemas import (
    AgencyView,
    AheadView,
    BoardDetailView,
    BoardView,
    ChangesView,
    FiguresView,
    PeopleView,
    TimelineView,
    WeekView,
)
from services.casework.case.rules import Stage as CaseStage
from services.casework.timeline import entries
from services.casework.words import UserId
from shared import clock
from shared.access import tokens
from shared.http.bodies import Instant
from shared.http.cursors import Paging
from shared.http.deps import Tx, Who
from shared.http.problems import invalid
from shared.http.routes import Routes
from shared.http.state import services_of

routes = Routes("/board")

ReferralState = Literal[
    "draft", "awaiting_consent", "sent", "undeliverable", "acknowledged", "waitlisted", "accepted", "booked",
    "attended", "in_treatment", "completed", "declined", "withdrawn",
]  # fmt: skip
Many = Query(max_length=30)


def _filters(
    stage: Annotated[list[CaseStage | ReferralState], Many] = [],  # noqa: B006
    worker: Annotated[list[UserId | Literal[""]], Many] = [],  # noqa: B006
    level: Annotated[list[Annotated[int, Query(ge=0, le=1000)]], Many] = [],  # noqa: B006
    min_level: Annotated[int | None, Query(ge=0, le=1000)] = None,
    kind: Literal["plan", "referral"] | None = None,
    who: Literal["agency", "us", "person", "nobody"] | None = None,
    agency: UUID | None = None,
    person: Annotated[list[UUID], Many] = [],  # noqa: B006
    case: UUID | None = None,
    overdue: bool | None = None,
    stalled: bool | None = None,
    needs_help: bool | None = None,
    reached: Reached | None = None,
    sent_since: Annotated[Instant | None, Query()] = None,
    unanswered: bool | None = None,
    needs_me: bool = False,
) -> Filters:
    """Read the filters of a request. `level` is exact, `min_level` at least; `worker` empty means nobody.

    `reached` (at least this state, as its history has it), `sent_since` and `unanswered` are of referrals: the rows
    that the figures count.
    """
    return Filters(
        stage, worker, level, min_level, kind, who, agency, person, case, overdue, stalled, needs_help,
        reached, sent_since, unanswered, needs_me,
    )  # fmt: skip


Filtered = Annotated[Filters, Depends(_filters)]


@routes.get("", allow="board.read", response_model=BoardView)
async def board(session: Tx, paging: Paging, filters: Filtered, sort: Sort = "next_at") -> Response:
    """Return open plans and referrals of the reader's teams: what each waits for, on whom, and what comes next.

    `level` is exact, `min_level` at least; `worker` empty means nobody. Counts come with every page.
    """
    items, cursor = await query.rows(session, filters, sort, paging)
    counts, begun = await query.counts(session, filters)
    # From before the page was read: rows that changed meanwhile come again on the stream.
    page = {"items": items, "next_cursor": cursor, "counts": counts, "stream_from": feed.position(begun)}
    # Serialised here: a page of validated models took longer than its queries.
    return Response(to_json(page), media_type="application/json")


@routes.get("/people", allow="board.read", response_model=PeopleView)
async def by_person(
    session: Tx, paging: Paging, filters: Filtered, sort: Sort = "next_at", last_first: bool = False
) -> Response:
    """Return the board as one line for each person that a row of theirs brings in, with all their open rows.

    The first row of a line is the most urgent of theirs that the filters ask for (it needs help, or is late), and else
    the first by `sort`; `last_first` turns the order of the lines round. Counts are of people.
    """
    items, cursor = await people.lines(session, filters, sort, paging, last_first=last_first)
    counts, begun = await people.counts(session, filters)
    page = {"items": items, "next_cursor": cursor, "counts": counts, "stream_from": feed.position(begun)}
    return Response(to_json(page), media_type="application/json")


@routes.get("/agencies", allow="board.read")
async def by_agency(session: Tx, sent_since: Annotated[Instant | None, Query()] = None) -> list[AgencyView]:
    """Return one row per agency: open, waiting too long, the oldest, the median days to its first answer."""
    return await agencies(session, sent_since)


@routes.get("/changes", allow="board.read")
async def changed(
    session: Tx, since: Annotated[Instant, Query()], limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> ChangesView:
    """Return what others, agencies and the process did after an instant, by row; ended rows included."""
    return await changes_since.changes(session, since, limit)


@routes.get("/figures", allow="board.read")
async def all_figures(session: Tx, sent_since: Annotated[Instant | None, Query()] = None) -> FiguresView:
    """Return how far referrals came and how they ended, as counts of acts; of those sent since an instant, if given."""
    return await figures.figures(session, sent_since)


@routes.get("/stream", allow="board.read")
async def changes(
    request: Request,
    actor: Who,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=40)] = None,
    first_from: Annotated[str | None, Query(alias="from", max_length=40)] = None,
) -> StreamingResponse:
    """Stream changed rows as server-sent events (`event: row`). Reconnect with the last id and nothing is missed.

    A row may come twice; the higher `version` is the newer one. The stream ends when the token expires. A reader who
    was away for more than ten minutes, or missed more than 500 rows, gets one `event: reload`: read the board again.
    Where no header can be set, `from` means the same; the header wins.
    """
    services = services_of(request)
    since = None
    for name, place in (("from", first_from), ("Last-Event-ID", last_event_id)):
        if place and (since := feed.instant(place)) is None:
            raise invalid(name, "malformed", "is not an id of this stream")
    token = request.headers["authorization"].partition(" ")[2].strip()
    claims = tokens.verify(services.token_public_key, token, services.settings.token_audience)
    body = stream.events(services, request.app.state.board_feed, actor, since, claims.seconds_left)
    return StreamingResponse(body, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@routes.get("/{row_id}", allow="board.read")
async def detail(row_id: UUID, session: Tx) -> BoardDetailView:
    """Return one row with its whole timeline, its notes, and the steps that will come by themselves."""
    as_of = clock.now()
    row, ahead = await query.one(session, row_id)
    return BoardDetailView(
        row=row,
        notes=await notes.of(session, row_id),
        timeline=[TimelineView.model_validate(entry) for entry in await entries.of(session, row_id, row.team_id)],
        ahead=[AheadView.model_validate(item) for item in ahead],
        as_of=as_of,
    )


@routes.get("/{row_id}/contacts", allow="board.read")
async def contacts(row_id: UUID, session: Tx, weeks: Annotated[int, Query(ge=1, le=104)] = 12) -> list[WeekView]:
    """Return the contacts with the person of this row's case by week; none when the row has no case."""
    row, _ = await query.one(session, row_id)
    return await figures.contacts(session, row.case_id, weeks) if row.case_id else []
