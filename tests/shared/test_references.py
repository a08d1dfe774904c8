"""References and codes as they come back from people."""

import pytest

from shared.references import as_meant, token_as_pasted

AS_TYPED = [
    "70K21M9Q",
    "70k21m9q",
    "7OK2lM9Q",
    "7oK2IM9q",
    "70K2-1M9Q",
    "70K2 1M9Q",
    "70K2\u20131M9Q",  # en dash
    "70K2\u20141M9Q",  # em dash
    "70K2\u22121M9Q",  # minus sign
    "70K2\u2011 1M9Q",
    "70K2\u00a01M9Q",
    "70K2\u200b1M9Q",
    "\ufeff70K2\u00ad1M9Q\u200f",
    "\uff17\uff10\uff2b\uff12\uff11\uff2d\uff19\uff31",  # full width
    "\u0667\u0660K\u0662\u0661M\u0669Q",  # Arabic-Indic digits
    "7\u041e\u041a21\u041c9Q",  # Cyrillic letters that look the same
    "70K21M9Q.",
    "(70K21M9Q),",
    "\u201c70K21M9Q\u201d",
    "#70K21M9Q",
    "7 0 K 2 1 M 9 Q",
    "70 K2 1M 9Q",
    "70K-21M-9Q",
    "Ref: 70K2-1M9Q",
    "our reference is 70k21m9q!",
]


@pytest.mark.parametrize("typed", AS_TYPED)
def test_a_reference_is_read_as_it_was_meant(typed: str) -> None:
    assert as_meant(typed.strip("\u201c\u201d")) == "70K21M9Q"


@pytest.mark.parametrize(
    "typed",
    [
        *("70K2, 1M9Q", "70 k 2, 1 m 9 q", "70K2:1M9Q", "70K2~1M9Q", "70K2\u20221M9Q", "70K2\u20431M9Q", "7OK2|M9Q"),
        *("\u00ab70K21M9Q\u00bb", "\u201c70K21M9Q\u201d", "\u201870k21m9q\u2019", "My ref 70K21M9Q"),
    ],
)
def test_a_field_for_a_reference_alone_reads_more(typed: str) -> None:
    assert as_meant(typed) == "70K21M9Q"


@pytest.mark.parametrize(
    "typed", ["", "70K21M9", "70K21M9QQ", "U0K21M9Q", "70K2+1M9Q", "70K2@1M9Q", "12/02/2027 AB", "\u738b" * 8]
)
def test_what_cannot_be_a_reference_is_none(typed: str) -> None:
    assert as_meant(typed) is None


def test_a_code_of_another_length_is_read_the_same_way() -> None:
    assert as_meant("abcd\u2013efgh\u2013 Ojkl.", 12) == "ABCDEFGH0JK1"
    assert as_meant("code: 12 34 o6", 6) == "123406"


@pytest.mark.parametrize(
    "code", ["REFX-1234-5678", "1REF-1234-5678", "1234-5REF-6789", "REFE-RENC-E123", "1234-5678-9REF"]
)
def test_a_code_may_hold_the_letters_of_a_label(code: str) -> None:
    for typed in (code, code.lower(), code.replace("-", " "), f"Ref: {code}", f"the code is {code}."):
        assert as_meant(typed, 12) == code.replace("-", "")


TOKEN = "abcDEF_-0123456789abcDEF_-0123456789abcDE12"


@pytest.mark.parametrize(
    "pasted",
    [
        TOKEN,
        f"#{TOKEN}",
        f"%23{TOKEN}",
        f"%2523{TOKEN}",
        f"{TOKEN}.",
        f"{TOKEN}%20",
        f"{TOKEN}>",
        f"{TOKEN}%3E.",
        f"{TOKEN}\u200b",
        f"{TOKEN}_",
        f"https://alongside.invalid/r#{TOKEN})",
        f"https://filter.invalid/?url=https%3A%2F%2Falongside.invalid%2Fr%2523{TOKEN}&data=05%7C02",
    ],
)
def test_the_token_of_a_link_is_found_in_what_is_left_of_it(pasted: str) -> None:
    assert token_as_pasted(pasted) == TOKEN


@pytest.mark.parametrize("pasted", ["", "abcd", TOKEN[:-1], TOKEN + "3", "%" * 200, "%25" * 60])
def test_anything_else_holds_no_token(pasted: str) -> None:
    assert token_as_pasted(pasted) is None
