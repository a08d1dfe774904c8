"""The envelope: what is written is CloudEvents 1.0, what was written earlier is still read, nothing is quoted."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.envelope import BadEnvelope, Envelope, Event, UnknownEvent, event_class, event_classes, read, write

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ID = UUID("01900000-0000-7000-8000-000000000001")
OF = UUID("01900000-0000-7000-8000-000000000002")


class Moved(Event):
    """Schema 1 said `place`; schema 2 says `to` and knows since when."""

    type: ClassVar[str] = "referrals.probe.moved"
    schema_version: ClassVar[int] = 2
    to: str
    since: datetime | None = None

    @classmethod
    def upgrade(cls, data: dict[str, Any], written_as: int) -> dict[str, Any]:
        return {**data, "to": data.pop("place")} if written_as == 1 else data


def envelope(**changes: Any) -> Envelope:
    event = Moved(**{"version": 3, "occurred_at": AT, "to": "booked", **changes})
    return Envelope(ID, event, OF, AT + timedelta(hours=1), "a-visit")


def body(**changes: Any) -> dict[str, Any]:
    return {**json.loads(write(envelope())), **changes}


def test_what_is_written():
    assert json.loads(write(envelope(since=AT))) == {
        "specversion": "1.0",
        "id": str(ID),
        "source": "alongside/referrals",
        "type": "referrals.probe.moved",
        "subject": str(OF),
        "time": "2026-03-02T09:30:00+00:00",
        "recordedat": "2026-03-02T10:30:00+00:00",
        "correlationid": "a-visit",
        "dataschema": "https://alongside.invalid/events/referrals.probe.moved/2",
        "datacontenttype": "application/json",
        "data": {
            "version": 3,
            "occurred_at": "2026-03-02T09:30:00Z",
            "to": "booked",
            "since": "2026-03-02T09:30:00Z",
        },
    }


def test_the_subject_names_the_type_and_no_id():
    assert Moved.subject() == "alongside.referrals.probe.moved" and Moved.service() == "referrals"


@given(
    st.integers(1, 2**31),
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5))]), min_value=datetime(2000, 1, 1)),
    st.text(max_size=50),
    st.uuids(),
)
def test_what_is_written_is_read_back(version: int, at: datetime, to: str, aggregate: UUID):
    sent = Envelope(ID, Moved(version=version, occurred_at=at, to=to), aggregate, AT, "c")
    assert read(write(sent)) == sent


def test_an_old_body_is_upgraded():
    old = body(
        dataschema="https://alongside.invalid/events/referrals.probe.moved/1",
        data={"version": 1, "occurred_at": "2024-01-01T00:00:00Z", "place": "accepted"},
    )
    event = read(json.dumps(old)).event
    assert isinstance(event, Moved) and event.to == "accepted"


def test_a_newer_body_is_read_without_what_we_do_not_know():
    newer = body(dataschema="https://alongside.invalid/events/referrals.probe.moved/3")
    newer["data"]["mood"] = "good"
    assert read(json.dumps(newer)).event == envelope().event


def test_without_our_extensions_it_is_still_an_event():
    plain = body()
    del plain["recordedat"], plain["correlationid"]
    found = read(json.dumps(plain))
    assert found.recorded_at == AT and found.correlation_id == ""


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": "canary"}, "id"),
        ({"subject": "canary"}, "subject"),
        ({"type": None}, "type"),
        ({"dataschema": "https://example.org/canary/1"}, "dataschema"),
        ({"dataschema": "https://alongside.invalid/events/referrals.probe.moved/canary"}, "dataschema"),
        ({"data": ["canary"]}, "data"),
        ({"data": {"version": 1, "occurred_at": "2026-03-02T09:30:00", "to": "x"}}, "occurred_at"),
        ({"data": {"version": "canary", "occurred_at": "2026-03-02T09:30:00Z", "to": "x"}}, "version"),
        ({"recordedat": "2026-03-02T09:30:00"}, "recordedat"),
        ({"recordedat": "canary"}, "recordedat"),
    ],
)
def test_a_bad_body_is_refused_by_field_and_never_quoted(changes: dict[str, Any], field: str):
    with pytest.raises(BadEnvelope) as refused:
        read(json.dumps(body(**changes)))
    assert field in str(refused.value) and "canary" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("junk", [b"", b"\xff\xfe", b"null", b"[1]", b'"x"', b"{"])
def test_junk_is_refused(junk: bytes):
    with pytest.raises(BadEnvelope):
        read(junk)


def test_an_unknown_type_says_so():
    with pytest.raises(UnknownEvent):
        read(json.dumps(body(type="referrals.probe.unheard_of")))


def test_a_naive_instant_is_refused_when_made():
    for name in ("occurred_at", "since"):
        with pytest.raises(ValueError, match="time zone"):
            envelope(**{name: datetime(2026, 3, 2)})


def test_one_class_for_each_type():
    assert event_class("referrals.probe.moved") is Moved and Moved in event_classes()
    with pytest.raises(TypeError, match="two classes"):
        type("Other", (Event,), {"type": "referrals.probe.moved", "__module__": __name__, "__qualname__": "Other"})
    with pytest.raises(TypeError, match=r"service\.noun\.event"):
        type("Wrong", (Event,), {"type": "moved", "__module__": __name__, "__qualname__": "Wrong"})
    assert event_class("referrals.probe.moved") is Moved
