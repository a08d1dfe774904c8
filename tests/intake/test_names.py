"""Names as they are typed by people with another keyboard."""

import pytest

from services.intake.person.rules import pieces, room_for, sought


def finds(search: str, *names: str) -> bool:
    there = pieces(names)
    words = sought(search)
    return bool(words) and all(any(way <= there for way in ways) for ways in words)


@pytest.mark.parametrize(
    ("name", "searches"),
    [
        ("Łukasz", ["lukasz", "Łukasz", "LUK", "kas", "ukasz"]),
        ("Bartłomiej", ["bartlomiej", "omiej"]),
        ("Władek Ż.", ["wladek", "z", "wladek z"]),
        ("Øystein", ["oystein", "oeystein", "øystein"]),
        ("Đorđe Šarić", ["dorde", "saric", "đorđe"]),
        ("Groß", ["gross", "groß"]),
        ("Müller", ["muller", "mueller", "müller", "MULL"]),
        ("Ægir Þór", ["aegir", "thor", "ægir"]),
        ("Işık", ["isik", "ışık", "IŞIK"]),
        ("Ħamża", ["hamza"]),
        ("Nguyễn", ["nguyen", "Nguyễn", "guy"]),
        ("Zoe\u0308", ["zoe", "zoë"]),
        ("O\u2019Neill", ["oneill", "o'neill", "o neill", "neill"]),
        ("Anne-Marie", ["annemarie", "anne marie", "anne\u2013marie", "marie"]),
        ("Владислав", ["vladislav", "Владислав", "слав"]),
        ("Γιώργος", ["giorgos", "γιωργος"]),
        ("محمد", ["mohammed", "muhammad", "Mohamad", "محمد", "حم"]),
        ("مُحَمَّد (أبو علي)", ["محمد", "mohammed", "علي", "على"]),
        ("דוד 2", ["david", "דוד", "2"]),
        ("王小明", ["wang", "xiaoming", "王", "小明"]),
        ("ქართული", ["kartuli"]),
        ("Tamm", ["tamm", "am", "amm", "ｔａｍｍ"]),
        ("Little Jo, grey coat", ["grey coat", "coat gr", "jo"]),
        ("J", ["j", "J."]),
        ("🦊", ["🦊", "fox"]),
        ("Sam 🦊🏽", ["🦊", "sam 🦊"]),
        ("???", ["?", "???", "？"]),
        ("—", ["—", "-", "–"]),
        ("(^_^)", ["(^_^)", "^_^"]),
        ("Sаm", ["sam", "Sаm"]),
        ("Ѕam", ["sam"]),
        ("Þorsteinn", ["torsteinn", "thorsteinn"]),
        ("Đurđa", ["djurdja", "durda", "đurđa"]),
        ("Gülşən", ["gulsan", "gulsen"]),
        ("علي", ["ali", "على", "علی"]),
        ("نور", ["noor", "nur", "Nour"]),
        ("هدى", ["huda", "hoda", "هدي"]),
        ("آمنة", ["amina", "amna", "امنه"]),
        ("رئيس", ["رييس", "rais"]),
        ("عبد الرحمن", ["عبدالرحمن", "abdulrahman", "abdul rahman", "rahman", "الرحمن"]),
        ("علی\u200cرضا", ["alireza", "علیرضا", "علي رضا"]),
        ("یوسف", ["yusuf", "yousef", "يوسف"]),
        ("שָׁלוֹם", ["shalom", "שלום"]),
        ("יִצְחָק", ["yitzhak", "itzhak", "yitzchak", "יצחק"]),
        ("Фёдор", ["fyodor", "fedor", "Федор"]),
        ("Андрій", ["andrii", "andriy", "andrij"]),
        ("Йосип", ["josip", "yosyp"]),
        ("Щербаков", ["scherbakov", "shcherbakov"]),
        ("Ђорђе Љубица", ["djordje", "đorđe", "dorde", "ljubica"]),
        ("Χρήστος Παπαδοπούλου", ["xristos", "hristos", "papadopoulou"]),
        ("김민준", ["kim", "minjun", "민준"]),
        ("李", ["li", "李"]),
        ("सुरेश", ["suresh", "सुरेश"]),
        ("ਗੁਰਪ੍ਰੀਤ", ["gurpreet", "gurprit"]),
        ("মোহাম্মদ", ["mohammad", "mohammed"]),
        ("முருகன்", ["murugan"]),
        ("สมชาย", ["somchai"]),
        ("ｱﾘｻ", ["アリサ", "arisa"]),
    ],
)
def test_a_name_is_found_by_any_part_as_it_may_be_typed(name: str, searches: list[str]) -> None:
    assert [search for search in searches if not finds(search, name)] == []


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("Tamm", "tom"),
        ("Tamm", "t"),
        ("Sam 🦊", "🐻"),
        ("(^_^)", "?"),
        ("Jo Black", "jo white"),
        ("Sam", "…"),
        ("علي", "sam"),
        ("نور", "nadia"),
        ("Андрій", "anton"),
        ("김민준", "lee"),
        ("Jo Black", "joblack x"),
    ],
)
def test_what_is_not_in_the_name_does_not_find_it(name: str, search: str) -> None:
    assert not finds(search, name)


def test_the_number_of_entries_does_not_tell_the_length_of_a_name() -> None:
    names = ["J", "Sam", "Łukasz", "Little Jo", "Synthetic Sam", "🦊"]
    assert len({room_for(len(pieces([name]))) for name in names}) == 1
    assert {room_for(len(pieces([name]))) for name in ("Sam", "grey coat, by the canal bridge at night")} == {32, 64}
