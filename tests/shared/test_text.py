"""Text that people type."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shared.text import Line, Name, Text


class Form(BaseModel):
    name: Name = "x"
    line: Line = "x"
    text: Text = "x"


@pytest.mark.parametrize("field", ["name", "line", "text"])
@pytest.mark.parametrize(
    "bad",
    ["a\x00b", "a\x07b", "a\x1bb", "a\x7fb", "a\x85b", "a\u202eb", "a\u2066b", "a\u2028b", "a\ufffeb", "a\ufdd0b"],
)
def test_control_and_direction_characters_are_refused_without_an_echo(field: str, bad: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Form.model_validate({field: bad})
    (error,) = refused.value.errors()
    assert error["loc"] == (field,) and error["type"] == "text_characters"
    assert bad not in error["msg"]


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(ValidationError):
        Form.model_validate({"line": "a\ud800b"})
    with pytest.raises(ValidationError):
        Form.model_validate_json('{"line": "a\\ud800b"}')


@pytest.mark.parametrize(("field", "longest"), [("name", 120), ("line", 200), ("text", 4000)])
def test_lengths(field: str, longest: int) -> None:
    assert len(getattr(Form.model_validate({field: " " + "é" * longest + " "}), field)) == longest
    with pytest.raises(ValidationError) as refused:
        Form.model_validate({field: "é" * (longest + 1)})
    assert refused.value.errors()[0]["type"] == "text_too_long"


@pytest.mark.parametrize("blank", ["", "   ", "\u00a0", "\u200b", "\u200e\u200f", "\ufeff"])
def test_what_looks_empty_is_empty(blank: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Form.model_validate({"name": blank})
    assert refused.value.errors()[0]["type"] == "text_blank"


def test_lines_are_for_text_only() -> None:
    assert Form.model_validate({"text": "one\r\ntwo\rthree\n"}).text == "one\ntwo\nthree"
    for field in ("name", "line"):
        with pytest.raises(ValidationError):
            Form.model_validate({field: "one\ntwo"})


def test_markup_and_many_scripts_are_kept() -> None:
    kept = "<b>Zoë</b> محمد \u200fשלום 王 👩\u200d👩\u200d👧"
    assert Form.model_validate({"line": kept}).line == kept


def test_accents_are_composed() -> None:
    assert Form.model_validate({"name": "Zoe\u0308"}).name == "Zoë"


def test_the_schema_tells_clients_the_length() -> None:
    assert Form.model_json_schema()["properties"]["name"]["maxLength"] == 120


@given(st.text(max_size=300))
def test_whatever_passes_is_storable_and_stable(value: str) -> None:
    try:
        clean = Form.model_validate({"text": value}).text
    except ValidationError:
        return
    assert "\x00" not in clean and clean == unicodedata.normalize("NFC", clean).strip()
    assert Form.model_validate({"text": clean}).text == clean
    clean.encode()
