"""What somebody types to sign in, and which passwords will do."""

import unicodedata

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
LONGEST_NAME = 120

# What everybody who guesses tries first, beside anything made of our own name.
_GUESSED = ("password", "123456789012", "qwertyuiop", "alongside")


def key_of(sign_in: str) -> str:
    """A sign-in name as it is compared: width, case and outer blanks make no difference."""
    return unicodedata.normalize("NFKC", sign_in).strip().casefold()[:LONGEST_NAME]


def weakness(password: str, sign_in: str = "") -> str | None:
    """Why a password will not do, in words for the person who chose it; None when it will."""
    if len(password) < SHORTEST_PASSWORD:
        return f"must have at least {SHORTEST_PASSWORD} characters; three or four words do well"
    if len(password) > LONGEST_PASSWORD:
        return f"must have at most {LONGEST_PASSWORD} characters"
    plain = password.casefold()
    if len(set(plain)) < 5:
        return "repeats too few characters; choose three or four words"
    name = key_of(sign_in).partition("@")[0]
    if (len(name) > 3 and name in plain) or any(word in plain for word in _GUESSED):
        return "is too easy to guess; choose three or four words that do not belong together"
    return None
