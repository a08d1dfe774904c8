"""Request and response bodies of strikes."""

from datetime import datetime
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from services.intake.strike.rules import STANDS_ALONE, Record
from shared.http.bodies import Body, View
from shared.text import Text


class StrikeRecord(Body):
    """A strike. `record_id` names a contact or a concern; without it, the death or no in force is struck."""

    record: Record
    record_id: UUID | None = Field(default=None, validate_default=True)
    why: Text

    @field_validator("record_id")
    @classmethod
    def _named(cls, record_id: UUID | None, info: ValidationInfo) -> UUID | None:
        record = info.data.get("record")
        if record_id is None and record is not None and record not in STANDS_ALONE:
            raise PydanticCustomError("missing", "is needed for this kind of record")
        return record_id


class StrikeView(View):
    """A strike, without the text of the record."""

    id: UUID
    person_id: UUID
    record: Record
    record_id: UUID
    written_by: str
    written_at: datetime
    by: str
    recorded_at: datetime
    why: str
