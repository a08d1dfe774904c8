"""Keys: the file, rotation, and ciphertexts that open only where they were sealed."""

import base64
import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shared.crypto import keyring
from shared.crypto.keyring import KeyMissing, Keyring, KeyringError, SealBroken, key_id


def test_the_file_is_its_owners_alone_and_never_overwritten(ring: Keyring, key_file: Path) -> None:
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert os.listdir(key_file.parent) == [key_file.name]
    with pytest.raises(KeyringError, match="never overwritten"):
        Keyring.generate(key_file)


def test_what_is_sealed_opens_after_a_restart(ring: Keyring, key_file: Path) -> None:
    sealed = ring.encrypt(b"canary", b"here")
    assert b"canary" not in sealed
    assert Keyring.load(key_file).decrypt(sealed, b"here") == b"canary"


def test_the_same_text_never_looks_the_same(ring: Keyring) -> None:
    assert len({ring.encrypt(b"same", b"here") for _ in range(100)}) == 100


def test_it_does_not_open_elsewhere(ring: Keyring) -> None:
    with pytest.raises(SealBroken) as broken:
        ring.decrypt(ring.encrypt(b"canary", b"row 1"), b"row 2")
    assert "canary" not in str(broken.value)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.binary(max_size=40), st.data())
def test_any_changed_byte_breaks_it(ring: Keyring, plain: bytes, aad: bytes, data: st.DataObject) -> None:
    sealed = ring.encrypt(plain, aad)
    assert ring.decrypt(sealed, aad) == plain
    at = data.draw(st.integers(0, len(sealed) - 1))
    bit = data.draw(st.integers(0, 7))
    altered = sealed[:at] + bytes([sealed[at] ^ (1 << bit)]) + sealed[at + 1 :]
    with pytest.raises(SealBroken):
        ring.decrypt(altered, aad)
    with pytest.raises(SealBroken):
        ring.decrypt(sealed[: data.draw(st.integers(0, len(sealed) - 1))], aad)


def test_rotation_keeps_old_values_readable_and_hashes_the_same(ring: Keyring, key_file: Path) -> None:
    old, named = ring.encrypt(b"old", b""), ring.hmac("reply", b"m-1")
    rotated = Keyring.rotate(key_file)
    assert rotated.active_id == "k2" and rotated.ids == ("k1", "k2")
    new = rotated.encrypt(b"new", b"")
    again = Keyring.load(key_file)
    assert (again.decrypt(old, b""), again.decrypt(new, b"")) == (b"old", b"new")
    assert (key_id(old), key_id(new)) == ("k1", "k2")
    assert again.hmac("reply", b"m-1") == named
    with pytest.raises(KeyMissing, match="'k2', which is not in the key file"):
        ring.decrypt(new, b"")


def test_a_process_that_started_before_a_rotation_opens_what_is_sealed_after_it(ring: Keyring, key_file: Path) -> None:
    running = Keyring.load(key_file)
    new = Keyring.rotate(key_file).encrypt(b"new", b"here")
    assert running.decrypt(new, b"here") == b"new" and running.active_id == "k1"
    unknown = Keyring("k9", {"k9": bytes(32)}, "k9").encrypt(b"x", b"here")
    with pytest.raises(KeyMissing):
        running.decrypt(unknown, b"here")
    key_file.unlink()
    with pytest.raises(KeyMissing):
        running.decrypt(unknown, b"here")


def test_a_key_id_cannot_be_swapped(ring: Keyring, key_file: Path) -> None:
    """Even with the very same key under two names."""
    body = json.loads(key_file.read_text())
    body["keys"]["k2"] = body["keys"]["k1"]
    key_file.write_text(json.dumps(body))
    twin = Keyring.load(key_file)
    sealed = twin.encrypt(b"x", b"")
    with pytest.raises(SealBroken):
        twin.decrypt(sealed.replace(b"k1", b"k2", 1), b"")


def test_keyed_hashes_differ_by_purpose_and_installation(ring: Keyring, tmp_path: Path) -> None:
    other = Keyring.generate(tmp_path / "other.json")
    made = {ring.hmac("a", b"x"), ring.hmac("b", b"x"), ring.hmac("a", b"y"), other.hmac("a", b"x")}
    assert len(made) == 4 and all(len(one) == 32 for one in made)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "{}",
        '{"active": "k1", "keys": {}}',
        '{"active": "k2", "keys": {"k1": "' + base64.b64encode(bytes(32)).decode() + '"}}',
        '{"active": "k1", "keys": {"k1": "c2hvcnQ="}}',
        '{"active": "k1", "keys": {"k1": "not base64!"}}',
        '{"active": "k1", "keys": {"k1": 5}}',
    ],
)
def test_a_broken_file_is_refused_without_showing_it(key_file: Path, text: str) -> None:
    key_file.write_text(text)
    key_file.chmod(0o600)
    with pytest.raises(KeyringError) as refused:
        Keyring.load(key_file)
    assert "key file" in str(refused.value)
    assert base64.b64encode(bytes(32)).decode() not in str(refused.value)


def test_a_missing_file_and_one_open_to_all_are_refused(ring: Keyring, key_file: Path) -> None:
    key_file.chmod(0o604)
    with pytest.raises(KeyringError, match="0600"):
        Keyring.load(key_file)
    with pytest.raises(KeyringError, match="cannot be read"):
        Keyring.load(key_file.parent / "nowhere.json")


def test_a_process_without_a_key_file_is_told_the_setting(ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALONGSIDE_KEYS_FILE", raising=False)
    keyring.settings.load.cache_clear()
    keyring.use(None)
    try:
        with pytest.raises(KeyringError, match="ALONGSIDE_KEYS_FILE"):
            keyring.keyring()
    finally:
        keyring.settings.load.cache_clear()
