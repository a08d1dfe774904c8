"""The envelope: CloudEvents 1.0 with sealed data, bound to its attributes; nothing is quoted, old bodies are read."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shared.crypto.keyring import KeyMissing, Keyring, SealBroken, key_id, keyring, use
from shared.events.envelope import (
    BadEnvelope,
    Envelope,
    Event,
    UnknownEvent,
    event_class,
    opened,
    read,
    write,
)
from shared.events.sealing import MEMBER, seal_data

DEEP = b"[" * 100_000
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ID = UUID("01900000-0000-7000-8000-000000000001")
OF = UUID("01900000-0000-7000-8000-000000000002")


pytestmark = pytest.mark.usefixtures("ring")


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


def body(**changes: Any) -> str:
    """An envelope as we write it, sealed after these changes; a change of `data` may be anything."""
    attributes, data = opened(write(envelope()))
    data = changes.pop("data", data)
    attributes |= changes
    return json.dumps({**attributes, MEMBER: seal_data(attributes, json.dumps(data).encode())})


def test_what_is_written_is_readable_but_for_its_data():
    written = write(envelope(to="canary", since=AT))
    assert "canary" not in written
    attributes, data = opened(written)
    assert attributes == {
        "specversion": "1.0",
        "id": str(ID),
        "source": "alongside/referrals",
        "type": "referrals.probe.moved",
        "subject": str(OF),
        "time": "2026-03-02T09:30:00+00:00",
        "recordedat": "2026-03-02T10:30:00+00:00",
        "correlationid": "a-visit",
        "dataschema": "https://alongside.invalid/events/referrals.probe.moved/2",
        "datacontenttype": "application/octet-stream",
        "keyid": keyring().active_id,
    }
    assert data == {
        "version": 3,
        "occurred_at": "2026-03-02T09:30:00Z",
        "to": "canary",
        "since": "2026-03-02T09:30:00Z",
    }
    raw = json.loads(written)
    assert key_id(base64.b64decode(raw.pop(MEMBER))) == attributes["keyid"] and raw == attributes


def test_the_length_does_not_tell_which_word_it_is():
    assert len({len(write(envelope(to=to))) for to in ("booked", "declined", "in_treatment")}) == 1


@pytest.mark.parametrize(
    "name", ["id", "source", "type", "subject", "time", "recordedat", "correlationid", "dataschema", "keyid", "extra"]
)
def test_no_attribute_can_be_altered(name: str):
    """The data opens in no other envelope: not under another id or type, not of another row, not at another instant."""
    with pytest.raises(SealBroken):
        read(json.dumps({**json.loads(write(envelope())), name: "casework.probe.other"}))


def test_data_cannot_be_moved_to_another_event():
    one, other = json.loads(write(envelope())), json.loads(write(envelope(to="declined")))
    assert read(json.dumps({**one, MEMBER: other[MEMBER]})).event != envelope().event  # the very same event, again
    another = json.loads(write(replace(envelope(), id=UUID(int=7))))
    with pytest.raises(SealBroken):
        read(json.dumps({**one, MEMBER: another[MEMBER]}))


@pytest.mark.parametrize("sealed", ["", "canary", "AAAA", "e30="])
def test_what_is_no_seal_does_not_open(sealed: str):
    with pytest.raises(SealBroken):
        read(json.dumps({**json.loads(write(envelope())), MEMBER: sealed}))


def test_the_order_of_the_members_does_not_matter():
    raw = json.loads(write(envelope()))
    assert read(json.dumps(dict(reversed(raw.items())), indent=2)) == envelope()


def test_what_was_written_before_a_rotation_is_read_and_without_its_key_it_is_not(key_file: Path, tmp_path: Path):
    old = write(envelope())
    use(Keyring.rotate(key_file))
    new = write(envelope())
    use(Keyring.load(key_file))
    assert read(old) == read(new) == envelope()
    assert [opened(each)[0]["keyid"] for each in (old, new)] == ["k1", "k2"]
    use(Keyring.generate(tmp_path / "other.json"))
    with pytest.raises(SealBroken):
        read(old)  # another key of the same name
    with pytest.raises(KeyMissing):
        read(new)


def test_the_subject_names_the_type_and_no_id():
    assert Moved.subject() == "alongside.referrals.probe.moved" and Moved.service() == "referrals"


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    event = read(old).event
    assert isinstance(event, Moved) and event.to == "accepted"


def test_a_newer_body_is_read_without_what_we_do_not_know():
    data = opened(write(envelope()))[1]
    newer = body(dataschema="https://alongside.invalid/events/referrals.probe.moved/3", data={**data, "mood": "good"})
    assert read(newer).event == envelope().event


def test_without_our_extensions_it_is_still_an_event():
    attributes, data = opened(write(envelope()))
    del attributes["recordedat"], attributes["correlationid"], attributes["keyid"]
    found = read(json.dumps({**attributes, MEMBER: seal_data(attributes, json.dumps(data).encode())}))
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
        ({"data": None}, "data"),
    ],
)
def test_a_bad_body_is_refused_by_field_and_never_quoted(changes: dict[str, Any], field: str):
    with pytest.raises(BadEnvelope) as refused:
        read(body(**changes))
    assert field in str(refused.value) and "canary" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("junk", [b"", b"\xff\xfe", b"null", b"[1]", b'"x"', b"{", DEEP, b'{"specversion":"1.0"}'])
def test_junk_is_refused(junk: bytes):
    with pytest.raises(BadEnvelope):
        read(junk)


def test_an_unknown_type_says_so():
    with pytest.raises(UnknownEvent):
        read(body(type="referrals.probe.unheard_of"))


def test_a_naive_instant_is_refused_when_made():
    for name in ("occurred_at", "since"):
        with pytest.raises(ValueError, match="time zone"):
            envelope(**{name: datetime(2026, 3, 2)})


def test_one_class_for_each_type():
    assert event_class("referrals.probe.moved") is Moved
    with pytest.raises(TypeError, match="two classes"):
        type("Other", (Event,), {"type": "referrals.probe.moved", "__module__": __name__, "__qualname__": "Other"})
    with pytest.raises(TypeError, match=r"service\.noun\.event"):
        type("Wrong", (Event,), {"type": "moved", "__module__": __name__, "__qualname__": "Wrong"})
    assert event_class("referrals.probe.moved") is Moved
