"""What a person at the terminal reads of an error: one line, whatever an engine said."""

import pytest

from deploy.errors import LONGEST, in_short

CHAIN = "Failed client connect: `get_system_info` call error: Status { code: Unavailable, message: " * 6


@pytest.mark.parametrize("error", [RuntimeError(CHAIN), RuntimeError("one\n  two\n three " * 90), OSError("x" * 900)])
def test_an_error_is_one_short_line(error: Exception) -> None:
    said = in_short(error)
    assert "\n" not in said and len(said) <= LONGEST + len(" ...") and said.endswith(" ...")


def test_a_short_one_is_said_whole_and_one_without_words_by_its_name() -> None:
    assert in_short(RuntimeError("nothing open waits")) == "nothing open waits"
    assert in_short(TimeoutError()) == "TimeoutError"
