"""A message that no handler could take, and the request that runs it again."""

from datetime import datetime, timedelta
from typing import Any, get_origin
from uuid import UUID, uuid4

from shared import clock
from shared.events.envelope import Envelope, Event, write
from shared.ids import new_id
from shared.inbox import dead_letters
from tests.bad_input import Write
from tests.world import House

PATH = "/operations/dead-letters/{}/replay"
_ANY: dict[Any, Any] = {int: 1, str: "x", bool: False}


async def dead_letter(house: House) -> Write:
    """Bury an event about nobody, whose handler takes it this time."""
    group = house.services.groups[0]
    event = about_nobody(next(iter(group.events)))
    envelope = Envelope(new_id(), event, new_id(), clock.now(), str(uuid4()))
    await dead_letters.bury(
        house.services.work,
        group,
        subject=event.subject(),
        body=write(envelope).encode(),
        event_id=envelope.id,
        error=ValueError("not yet"),
        attempts=8,
    )
    [letter] = await dead_letters.list_open(house.services.work)
    template = "/operations/dead-letters/{dead_letter_id}/replay"
    unknown = (PATH.format(uuid4()), None)
    return Write("POST", template, PATH.format(letter.id), None, role="admin", refused_role="worker", unknown=unknown)


async def catching_up(house: House) -> Write:
    """Compare what was handled with what was sent."""
    path = "/operations/catch-up"
    return Write("POST", path, path, None, role="admin", refused_role="worker", takes_key=False)


def about_nobody(kind: type[Event]) -> Event:
    """An event of a type, its ids of nothing that is there."""
    fields = {name: one.annotation for name, one in kind.model_fields.items() if one.is_required()}
    return kind(**{name: _any(type_) for name, type_ in fields.items()})


def _any(type_: Any) -> Any:
    if get_origin(type_) is list:
        return []
    made = {UUID: new_id, datetime: clock.now}
    return made[type_]() if type_ in made else _ANY[type_]


async def programs(house: House) -> Write:
    """State the key of one program, or of none."""
    key = {
        "id": str(uuid4()),
        "digest": uuid4().hex * 2,
        "program_id": str(uuid4()),
        "name": "synthetic-gateway",
        "scopes": ["inbound_mail"],
        "teams": [str(house.team)],
        "expires_at": (clock.real() + timedelta(days=30)).isoformat(),
    }
    path, none = "/programs", {"keys": []}
    return Write("POST", path, path, {"keys": [key]}, other=none, role="system", refused_role="admin", takes_key=False)
