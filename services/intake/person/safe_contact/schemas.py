"""Request and response bodies of safe contact."""

from datetime import datetime

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from services.intake.person.safe_contact.rules import (
    DEFAULT_CHANNELS,
    DEFAULT_VOICEMAIL,
    DEFAULT_WHO,
    Channel,
    Voicemail,
    Who,
    voicemail_fits,
)
from shared.http.bodies import Body, View
from shared.text import Line, Text


class SetSafeContact(Body):
    """Safe contact. `when` and `details` (a number, a place, whom to ask for) are in the person's own words."""

    channels: list[Channel] = Field(min_length=1, max_length=5)
    by_whom: Who = DEFAULT_WHO
    when: Line | None = None
    details: Text | None = None
    voicemail: Voicemail = DEFAULT_VOICEMAIL
    voicemail_words: Line | None = Field(default=None, validate_default=True)

    @field_validator("voicemail_words")
    @classmethod
    def _words(cls, words: str | None, info: ValidationInfo) -> str | None:
        voicemail = info.data.get("voicemail")
        if voicemail is not None and not voicemail_fits(voicemail, words):
            raise PydanticCustomError("voicemail_words", "go with voicemail as_written, and only then")
        return words


class SafeContactView(View):
    """Safe contact. `recorded` is False, and `version` 0, while nobody has asked: then the strictest rule applies."""

    version: int = 0
    recorded: bool = False
    channels: list[Channel] = list(DEFAULT_CHANNELS)
    by_whom: Who = DEFAULT_WHO
    when: str | None = None
    details: str | None = None
    voicemail: Voicemail = DEFAULT_VOICEMAIL
    voicemail_words: str | None = None
    recorded_at: datetime | None = None
    by: str | None = None
