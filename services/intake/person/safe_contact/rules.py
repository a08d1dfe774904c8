"""Rules of safe contact: how to reach a person without putting anybody at risk."""

from enum import StrEnum


class Channel(StrEnum):
    """The channels by which a person may be reached."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"
    LETTER = "letter"


class Who(StrEnum):
    """Who may reach a person: only we, also an agency of a referral, or anybody."""

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
    """Return whether `words` are given with `as_written`, and only with it."""
    return (voicemail is Voicemail.AS_WRITTEN) == (words is not None)
