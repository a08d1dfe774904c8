"""The bounds of an email, checked before any of it is parsed: Python's parser sets none."""

import re

MOST = 25 * 1024 * 1024
LONGEST_PARAMETERS = 4_000
LONGEST_HEADER = 512 * 1024
MOST_HEADERS = 2_000
MOST_BOUNDARIES = 60
MOST_PARTS = 300
MOST_DEPTH = 20
LONGEST_TEXT = 100_000
LONGEST_SUBJECT = 500

_BOUNDARY = re.compile(rb"(?i)boundary\s*=\s*[\"']?([^\"';\s]{1,200})")
_NESTED = re.compile(rb"(?i)message/(?:rfc822|global|partial|delivery-status)")
_PARSED_EARLY = re.compile(
    rb"(?im)^(?:content-(?:type|transfer-encoding|disposition)|mime-version)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*"
)


class CannotBeRead(Exception):
    """Not an email, or one that nobody could have written in good faith. `rule` is a code."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        super().__init__(rule)


def check(raw: bytes) -> None:
    """Raise CannotBeRead for an email that is too large, too nested or too wide to be parsed."""
    if len(raw) > MOST:
        raise CannotBeRead("too_large")
    boundaries: set[bytes] = set()
    for found in _BOUNDARY.finditer(raw):
        boundaries.add(found[1])
        if len(boundaries) > MOST_BOUNDARIES:
            raise CannotBeRead("too_many_parts")
    if sum(1 for _ in _NESTED.finditer(raw)) > MOST_PARTS:
        raise CannotBeRead("too_many_parts")
    # The headers that the parser parses by itself, of every part, while it reads.
    if any(len(found[0]) > LONGEST_PARAMETERS for found in _PARSED_EARLY.finditer(raw)):
        raise CannotBeRead("header_too_long")
