"""Sign-in names, and which passwords are accepted."""

import unicodedata

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
LONGEST_NAME = 120

# Common first guesses, and passwords made of this product's name.
_GUESSED = ("password", "123456789012", "qwertyuiop", "alongside")


def key_of(sign_in: str) -> str:
    """Return a sign-in name as it is compared: width, case and outer blanks make no difference."""
    return unicodedata.normalize("NFKC", sign_in).strip().casefold()[:LONGEST_NAME]


def weakness(password: str, sign_in: str = "") -> str | None:
    """Return why a password is refused, in words for the person who chose it; None when it is accepted."""
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
