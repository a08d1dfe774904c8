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


BREAKS = ["\r\n", "\r", "\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1c", "\x1d", "\x1e"]


@pytest.mark.parametrize("line_break", BREAKS)
def test_every_kind_of_break_is_a_line_in_a_text_and_a_blank_in_a_line(line_break: str) -> None:
    pasted = f"First.{line_break}Second."
    assert Form.model_validate({"text": pasted}).text == "First.\nSecond."
    assert Form.model_validate({"line": pasted}).line == "First. Second."
    assert Form.model_validate({"name": pasted}).name == "First. Second."


@pytest.mark.parametrize("unseen", ["\x00", "\x07", "\x1b", "\x7f", "\x9f", "\ufffe", "\ufdd0"])
@pytest.mark.parametrize("field", ["name", "line", "text"])
def test_what_rides_along_unseen_is_left_out_and_nothing_typed_is(field: str, unseen: str) -> None:
    assert getattr(Form.model_validate({field: f"a{unseen}b"}), field) == "ab"


@pytest.mark.parametrize("turning", list("\u202a\u202c\u202e\u2066\u2069"))
def test_marks_that_turn_the_direction_are_left_out_of_texts_and_refused_in_names(turning: str) -> None:
    pasted = f"020{turning} 7946"
    assert Form.model_validate({"text": pasted, "line": pasted}) == Form(text="020 7946", line="020 7946")
    with pytest.raises(ValidationError) as refused:
        Form.model_validate({"name": pasted})
    (error,) = refused.value.errors()
    assert error["loc"] == ("name",) and error["type"] == "text_invisible" and turning not in error["msg"]


@pytest.mark.parametrize("hidden", ["\u3164", "\uffa0", "\u115f", "\u2800", "\U000e0041", "\ue000", "\U000f0000"])
def test_a_name_holds_nothing_that_cannot_be_seen(hidden: str) -> None:
    for name in (hidden, f"Sam{hidden}"):
        with pytest.raises(ValidationError) as refused:
            Form.model_validate({"name": name})
        assert refused.value.errors()[0]["type"] == "text_invisible"


def test_a_name_pasted_with_invisible_marks_is_the_name() -> None:
    for pasted in ("Sa\u200bm", "Sam\u200e", "\u061cSam\ufeff", "S\u00adam", "Sam\u2060", "\u200dSam\u200c"):
        assert Form.model_validate({"name": pasted}).name == "Sam"
    for kept in ("می\u200cخواهم", "👩\u200d👧", "Władek Ż.", "???", "—"):
        assert Form.model_validate({"name": kept}).name == kept


def test_what_looks_the_same_is_the_same_name() -> None:
    for pasted in ("Sam Black", "Sam  Black", "Sam\u00a0Black", "Sam\u3000Black", "Sam\u2009 Black"):
        assert Form.model_validate({"name": pasted}).name == "Sam Black"
    mohan = "\u0d2e\u0d4b\u0d39\u0d28\u0d4d\u200d"  # a joiner behind a virama is a part of the last letter
    assert Form.model_validate({"name": mohan}).name == mohan


def test_marks_of_files_formulas_and_hidden_writing_are_left_out_and_flags_stay() -> None:
    wales = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
    pasted = "\ufeffa\u2063b\ufff9c\U000e0061\U000e0062d " + wales
    assert Form.model_validate({"text": pasted, "line": pasted}) == Form(text=f"abcd {wales}", line=f"abcd {wales}")


def test_no_letter_carries_more_marks_than_any_script_has() -> None:
    stacked = Form.model_validate({"name": "S" + "\u0300" * 60 + "am", "text": "Z" + "\u0335" * 900}).model_dump()
    assert (len(stacked["name"]), len(stacked["text"])) == (11, 9)
    for kept in ("Ng\u00f4 V\u0103n \u1eacn", "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd"):
        assert Form.model_validate({"name": kept}).name == unicodedata.normalize("NFC", kept)


def test_bullets_of_word_are_bullets() -> None:
    assert Form.model_validate({"text": "\uf0b7 a bed\n\uf0b7 a doctor"}).text == "• a bed\n• a doctor"


def test_half_a_character_is_left_out() -> None:
    assert Form.model_validate({"line": "a\ud83db"}).line == "ab"
    with pytest.raises(ValidationError):
        Form.model_validate_json('{"line": "a\\ud800b"}')


@pytest.mark.parametrize(("field", "longest"), [("name", 120), ("line", 200), ("text", 4000)])
def test_lengths(field: str, longest: int) -> None:
    assert len(getattr(Form.model_validate({field: " " + "é" * longest + " "}), field)) == longest
    with pytest.raises(ValidationError) as refused:
        Form.model_validate({field: "é" * (longest + 1)})
    assert refused.value.errors()[0]["type"] == "text_too_long"


@pytest.mark.parametrize(
    "blank", ["", "   ", "\u00a0", "\u200b", "\u200e\u200f", "\ufeff", "\n\x0c", "\x00", "\ufe0f", "\u0301"]
)
@pytest.mark.parametrize("field", ["name", "line", "text"])
def test_what_looks_empty_is_empty(field: str, blank: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Form.model_validate({field: blank})
    assert refused.value.errors()[0]["type"] == "text_blank"


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
