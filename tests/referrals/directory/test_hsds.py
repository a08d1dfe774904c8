"""Reading HSDS files: real published samples, hostile text, and files that are no directory."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referrals.directory import hsds, plain
from services.referrals.directory.places_of_safety import rule_that_hides
from services.referrals.directory.rows import ServiceRow

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "open"


def service(**more: object) -> dict[str, object]:
    organization = {"id": "o1", "name": "Synthetic Organization"}
    return {"id": "s1", "name": "Synthetic Service", "status": "active", "organization": organization, **more}


def one(body: object) -> ServiceRow:
    found = hsds.read(json.dumps(body).encode())
    assert not found.refused
    return next(iter(found.services.values()))


@pytest.mark.parametrize("profile", ["hsds_3.0", "hsds_uk_3.0"])
@pytest.mark.parametrize(
    ("name", "agencies", "services"),
    [
        ("organization_full", 1, 1),
        ("organization_list", 1, 0),
        ("service_full", 1, 1),
        ("service_list", 1, 1),
        ("service_at_location_full", 1, 1),
        ("service_at_location_list", 1, 1),
    ],
)
def test_published_samples(profile: str, name: str, agencies: int, services: int) -> None:
    sample = SAMPLES / profile / f"{name}.json"
    if not sample.exists():
        pytest.skip(f"the public sample data is not beside the project: {profile}/{name}.json")
    found = hsds.read(sample.read_bytes())
    assert (len(found.agencies), len(found.services), found.refused) == (agencies, services, [])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b'{"contents": [', "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        ("Caf\u00e9".encode("cp1252"), "not UTF-8"),
        (b"PK\x03\x04\x14", "an archive"),
        (b"\x1f\x8b\x08", "an archive"),
        (b"id,name,status\n1,Desk,active\n", "a table"),
        (b'{"organization": [{"id": "o1"}], "service": [{"id": "s1", "organization_id": "o1"}]}', "as tables"),
        (b'{"total_items": 0, "contents": []}', "holds no HSDS"),
        (b"[]", "holds no HSDS"),
        (b'{"hello": 1}', "holds no HSDS"),
        (b"[" * 100_000, "nested too deeply"),
        (b'[{"id": ' + b"9" * 5000 + b"}]", "more digits than can be read"),
    ],
)
def test_what_is_no_directory_is_refused_whole(body: bytes, says: str) -> None:
    with pytest.raises(hsds.NotHsds, match=says):
        hsds.read(body)


@pytest.mark.parametrize("page", ["contents", "content", "data", "items", "results", "services", "@graph"])
def test_the_pages_of_every_interface_are_read(page: str) -> None:
    first, second = ({page: [service(id=each)], "total": 2} for each in ("s1", "s2"))
    assert len(hsds.read(json.dumps([first, second]).encode(), whole=True).services) == 2
    with pytest.raises(hsds.NotHsds, match="1 of 2 objects"):
        hsds.read(json.dumps(first).encode(), whole=True)
    assert hsds.read(json.dumps(first).encode()).services


@pytest.mark.parametrize(
    "document",
    [
        {"service": service()},
        {"organization": {"id": "o1", "name": "O", "services": [{"id": "s1", "name": "Desk"}]}},
        {"organizations": [{"id": "o1", "name": "O", "services": [{"id": "s1", "name": "Desk"}]}]},
        [{"id": "o1", "name": "O", "description": "Helps."}, service()],
        [{"id": "l1", "name": "Hall", "addresses": [{"city": "Exampleton"}]}, service()],
    ],
)
def test_what_an_object_is_shows_by_its_fields(document: object) -> None:
    found = hsds.read(json.dumps(document).encode())
    assert list(found.services) == ["s1"] and list(found.agencies) == ["o1"] and not found.refused


@pytest.mark.parametrize(
    "more",
    [
        {"email": ["desk@b.invalid"], "phone": "01632 960123", "schedules": "Monday"},
        {"contacts": {"email": "desk@b.invalid", "phones": {"number": "01632 960123"}}, "schedules": {"byday": "MO"}},
        {"contacts": [[{"email": "desk@b.invalid"}]], "phones": ["01632 960123"], "schedule": [{"byday": "MO"}]},
        {"email": "desk@b.invalid", "phones": [1632960123], "regular_schedules": [{"weekday": 1}]},
        {
            "service_at_locations": [
                {
                    "location": {"id": "l1", "schedules": [{"byday": "SU"}]},
                    "contacts": [{"email": "desk@b.invalid", "phones": [{"number": "01632 960123"}]}],
                    "schedules": [{"byday": "MO"}],
                }
            ]
        },
        {"phones": [{"number": "01632 960124", "description": "Fax"}, {"number": "01632 960125", "type": "Facsimile"},
                    {"number": "01632 960126", "description": "Minicom"}, {"number": "01632 960123"}],
         "email": "see the page", "contacts": [{"email": "desk@b.invalid"}], "schedules": [{"byday": "MO"}]},
    ],
)  # fmt: skip
def test_whom_to_write_to_and_ring_is_found_in_every_shape(more: dict[str, object]) -> None:
    found = one(service(**more))
    assert (found.email, found.phone, found.schedules) == ("desk@b.invalid", "01632 960123", ("Monday",))


def test_what_a_service_at_a_location_says_itself_counts() -> None:
    body = {
        "id": "x",
        "service": service(),
        "location": {"id": "l1", "name": "Hall"},
        "contacts": [{"email": "hall@b.invalid"}],
        "phones": [{"number": "01632 960123"}],
        "schedules": [{"byday": "MO"}],
    }
    found = one(body)
    assert (found.email, found.phone, found.schedules) == ("hall@b.invalid", "01632 960123", ("Monday",))


def test_hours_at_several_places_say_where() -> None:
    at = [
        {"location": {"id": each, "name": each}, "schedules": [{"byday": day}]}
        for each, day in (("A", "MO"), ("B", "TU"))
    ]
    assert one(service(service_at_locations=at)).schedules == ("A: Monday", "B: Tuesday")


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"status": "zzz"}, "a status that nobody knows; it is offered as open: zzz"),
        ({"status": {"code": "inactive"}}, "a status that cannot be read: not text"),
        ({"contacts": ["Ann"]}, "what stands under 'contacts' and is no object: 1"),
        ({"description": {"en": "x"}}, "what stands under 'description' and is no text: 1"),
        ({"schedules": [{"byday": "MO"}] * 60}, "what stands under 'schedules' behind the first 50: 10"),
        ({"schedules": [{"byday": "MO", "valid_to": "spring"}]}, "a date that cannot be read: spring"),
        (
            {"phones": [{"number": f"01632 9601{each}"} for each in range(10, 21)]},
            "one more phone number: 01632 960120",
        ),
        ({"deleted": True}, "a field that is not of HSDS: deleted"),
        ({"holiday_schedules": [{"closed": True}]}, "a field that is not of HSDS: holiday_schedules"),
    ],
)
def test_what_is_not_taken_is_named(more: dict[str, object], named: str) -> None:
    found = hsds.read(json.dumps([service(**more), service(**more, id="s2")]).encode())
    assert named in [each.reason for each in found.left_out] and len(found.services) == 2


def test_ids_that_are_not_one_services_alone_are_named() -> None:
    long = [service(id="x" * 250 + end) for end in "12"]
    found = hsds.read(json.dumps([*long, service(), service(name="Another")]).encode())
    assert [each.reason for each in found.refused] == ["a service needs an id of at most 200 characters and a name"] * 2
    assert [each.reason for each in found.left_out] == ["the same id is told with two names: Synthetic Service"]


def test_an_object_that_cannot_be_used_is_named_and_the_others_are_taken() -> None:
    page = {"contents": [service(), {**service(), "id": None}, service(id="s2", organization=None), 7]}
    found = hsds.read(json.dumps(page).encode())
    assert list(found.services) == ["s1"]
    assert [(each.path, each.reason) for each in found.refused] == [
        ("$.contents[1]", "a service needs an id and a name"),
        ("$.contents[2]", "a service needs its organization"),
        ("$.contents[3]", "not an HSDS organization, service, location or service_at_location"),
    ]


def test_an_id_under_two_organizations_is_refused() -> None:
    other = service(organization={"id": "o2", "name": "Another"})
    found = hsds.read(json.dumps([service(), other]).encode())
    assert found.services["s1"].agency_external_id == "o1"
    assert [each.reason for each in found.refused] == ["the same service id stands under another organization"]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("<script>alert(1)</script>Open", "Open"),
        ("&lt;img src=x onerror=alert(1)&gt;Open", "Open"),
        ("&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;Open", "Open"),
        ("Tea &amp; toast, 5 &lt; 6", "Tea & toast, 5 < 6"),
        ("a\x00b\u202ec\u2066d", "abcd"),
        ("<a href='javascript:alert(1)'>Ring us</a>", "Ring us"),
    ],
)
def test_markup_becomes_plain_text(markup: str, text: str) -> None:
    assert one(service(description=markup)).description == text


@pytest.mark.parametrize("name", ["name", "description", "url", "email", "fees", "status"])
def test_half_a_character_is_left_out(name: str) -> None:
    whole, half = (
        one(service(**{name: "Caf\u00e9 \U0001f600"})),
        one(service(**{name: "Caf\ud800\u00e9 \U0001f600\udc00"})),
    )
    assert half == whole
    assert one(service(id="s\ud800")).external_id == "s"


@given(st.text(st.characters(categories=None)))
def test_plain_text_has_no_tags_or_controls_left(value: str) -> None:
    text = plain.plain(f"<b>{value}</b><script>{value}</script>")
    if text is not None:
        assert "\x00" not in text
        assert "<script" not in text.lower()
        assert plain.plain(text) is None or "<b>" not in text


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//x", "https://user:pw@x.invalid", "ftp://x"]
)
def test_only_web_pages_are_links(address: str) -> None:
    assert one(service(url=address)).url is None


@pytest.mark.parametrize("address", ["a@b.invalid, c@d.invalid", "A <a@b.invalid>", "a@b.invalid\r\nBcc: x@y.invalid"])
def test_one_plain_address_is_kept_of_what_is_written(address: str) -> None:
    assert one(service(email=address)).email == "a@b.invalid"


@pytest.mark.parametrize("words", ["A women\u2019s refuge", "SAFE HOUSE for families", "Domestic abuse accommodation"])
def test_a_refuge_is_never_shown(words: str) -> None:
    assert one(service(description=words)).never_show_rule


def test_ordinary_words_are_shown() -> None:
    assert rule_that_hides(["Refugee council", "House clearance", "Safe driving"]) is None


def test_a_bomb_of_nested_tags_is_cut_before_it_is_cleaned() -> None:
    assert one(service(description="Open" + "<b>" * 1_000_000)).description == "Open"
