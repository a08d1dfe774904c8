"""How he may be reached without putting anybody at risk."""

from enum import StrEnum


class Channel(StrEnum):
    """How we may reach him."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"
    LETTER = "letter"


class Who(StrEnum):
    """Who may reach him: only we, also a service he was referred to, or anybody."""

    US = "us"
    US_AND_AGENCIES = "us_and_agencies"
    ANYBODY = "anybody"


class Voicemail(StrEnum):
    """What a voicemail may say."""

    NOTHING = "nothing"
    FIRST_NAME_AND_NUMBER = "first_name_and_number"
    AS_WRITTEN = "as_written"


# When nothing is recorded (vocabulary: safe contact).
DEFAULT_CHANNELS = (Channel.IN_PERSON,)
DEFAULT_WHO = Who.US
DEFAULT_VOICEMAIL = Voicemail.NOTHING


def voicemail_fits(voicemail: Voicemail, words: str | None) -> bool:
    """Words belong to `as_written`, and to nothing else."""
    return (voicemail is Voicemail.AS_WRITTEN) == (words is not None)
