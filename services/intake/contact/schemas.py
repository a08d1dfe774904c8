"""Request and response bodies of contacts."""

from datetime import datetime
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from services.intake.contact.rules import Channel, Kind, Part, fits, sighting_fits
from shared.http.bodies import Body, GivenId, Instant, View
from shared.text import Line, Text


class Sighting(Body):
    """Who saw the person, where, and how the person was."""

    by_whom: Line
    where: Line
    how_they_were: Text


class LogContact(Body):
    """A new contact. The client may choose the `id`, so that a contact recorded offline is stored once."""

    id: GivenId | None = None
    kind: Kind
    channel: Channel = Field(default=Channel.IN_PERSON, validate_default=True)
    occurred_at: Instant | None = None
    place: Line | None = None
    note: Text | None = None
    sighting: Sighting | None = Field(default=None, validate_default=True)

    @field_validator("channel")
    @classmethod
    def _happens(cls, channel: Channel, info: ValidationInfo) -> Channel:
        kind = info.data.get("kind")
        if kind is not None and not fits(kind, channel):
            raise PydanticCustomError("channel", "this kind of contact does not happen through this channel")
        return channel

    @field_validator("sighting")
    @classmethod
    def _sighted(cls, sighting: Sighting | None, info: ValidationInfo) -> Sighting | None:
        kind = info.data.get("kind")
        if kind is not None and not sighting_fits(kind, sighting is not None):
            raise PydanticCustomError("sighting", "goes with kind sighted, and only then")
        return sighting


class SightingView(View):
    by_whom: str
    where: str
    how_they_were: str


class ContactView(View):
    id: UUID
    person_id: UUID
    team_id: UUID
    kind: Kind
    channel: Channel
    occurred_at: datetime
    recorded_at: datetime
    by: str
    place: str | None
    note: str | None
    sighting: SightingView | None


class WhoseContacts(Body):
    """The people whose last contacts one page shows."""

    ids: list[UUID] = Field(max_length=500)


class UsualPlaceView(View):
    """Where a person is usually found: how often of the times they were met or sighted lately, and when."""

    person_id: UUID
    place: str
    times: int
    of: int
    part: Part | None


class LastContactsView(View):
    """The latest successful contact (met, spoke or sighted) of each of these people whom the reader may see.

    `usual`: where they are usually found, of those for whom that is known.
    """

    items: list[ContactView]
    usual: list[UsualPlaceView]
