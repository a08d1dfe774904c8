"""Bearer tokens: what a service accepts, and everything it must not."""

import base64
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey

from shared import clock
from shared.access import tokens
from shared.access.roles import Role
from shared.access.tokens import BadToken, Claims, issue, verify
from shared.ids import new_id

TEAM = new_id()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tokens")
    tokens.generate(folder / "private.pem", folder / "public.pem")
    return folder / "private.pem", folder / "public.pem"


@pytest.fixture(scope="module")
def private(files: tuple[Path, Path]) -> OKPKey:
    return tokens.load_key(files[0])


@pytest.fixture(scope="module")
def public(files: tuple[Path, Path]) -> OKPKey:
    return tokens.load_key(files[1])


def good(private: OKPKey, **other: Any) -> str:
    return issue(private, **({"sub": "u-1", "role": Role.WORKER, "teams": [TEAM], "audience": "alongside"} | other))


def claims(**other: Any) -> dict[str, Any]:
    expires = int((datetime.now(UTC) + timedelta(minutes=5)).timestamp())
    given = {"sub": "u-1", "role": "worker", "teams": [str(TEAM)], "aud": "alongside", "exp": expires} | other
    return {name: value for name, value in given.items() if value is not None}


def test_a_good_token_says_who_and_what(private: OKPKey, public: OKPKey) -> None:
    found = verify(public, good(private), "alongside")
    assert found == Claims("u-1", Role.WORKER, (TEAM,), found.expires_at)
    assert timedelta(minutes=9) < found.expires_at - datetime.now(UTC) <= timedelta(minutes=10)


def test_key_files(files: tuple[Path, Path], tmp_path: Path) -> None:
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert b"PRIVATE" not in files[1].read_bytes()
    (tmp_path / "wrong.pem").write_text("not a key")
    with pytest.raises(ValueError, match=r"wrong\.pem"):
        tokens.load_key(tmp_path / "wrong.pem")


def test_an_expired_token_is_refused(private: OKPKey, public: OKPKey) -> None:
    with pytest.raises(BadToken, match="expired"):
        verify(public, good(private, ttl=timedelta(seconds=-10)), "alongside")


def test_a_token_that_was_good_expires_all_the_same(
    private: OKPKey, public: OKPKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = good(private)
    ends = verify(public, token, "alongside").expires_at.timestamp()
    for late, held in ((0, True), (tokens.LEEWAY_SECONDS, True), (tokens.LEEWAY_SECONDS + 1, False)):
        monkeypatch.setattr(tokens.time, "time", lambda late=late: ends + late)
        if held:
            assert verify(public, token, "alongside").sub == "u-1"
            continue
        with pytest.raises(BadToken, match="expired"):
            verify(public, token, "alongside")


def test_a_token_that_was_good_is_good_for_nothing_else(private: OKPKey, public: OKPKey) -> None:
    token = good(private)
    verify(public, token, "alongside")
    other = OKPKey.generate_key("Ed25519")
    for key, text, audience in (
        (other, token, "alongside"),
        (public, token, "another"),
        (public, token[:-2], "alongside"),
    ):
        with pytest.raises(BadToken):
            verify(key, text, audience)


def test_token_times_are_not_practice_time(
    private: OKPKey, public: OKPKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = good(private)
    clock.set_offset(tmp_path / "clock.json", timedelta(days=30))
    ahead = clock._PracticeClock(tmp_path / "clock.json")  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(clock, "_clock", ahead)
    assert clock.offset() == timedelta(days=30)
    assert verify(public, token, "alongside").sub == "u-1"
    assert verify(public, good(private), "alongside").expires_at - datetime.now(UTC) < timedelta(minutes=11)


def test_a_token_for_somebody_else_is_refused(private: OKPKey, public: OKPKey) -> None:
    with pytest.raises(BadToken):
        verify(public, good(private, audience="another"), "alongside")


def test_a_token_of_another_key_is_refused(public: OKPKey) -> None:
    with pytest.raises(BadToken):
        verify(public, good(OKPKey.generate_key("Ed25519")), "alongside")


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_changed_claim_is_refused(private: OKPKey, public: OKPKey) -> None:
    header, _, signature = good(private).split(".")
    with pytest.raises(BadToken):
        verify(public, f"{header}.{_part(claims(role='supervisor'))}.{signature}", "alongside")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "HS256", "EdDSA", "Ed25519"])
def test_an_unsigned_token_is_refused(public: OKPKey, alg: str) -> None:
    for signature in ("", "AAAA"):
        with pytest.raises(BadToken):
            verify(public, f"{_part({'alg': alg, 'typ': 'JWT'})}.{_part(claims())}.{signature}", "alongside")


def test_the_public_key_is_no_shared_secret(files: tuple[Path, Path], public: OKPKey) -> None:
    """The classic confusion: the public key's own text taken as an HMAC key."""
    secret = OctKey.import_key(base64.urlsafe_b64encode(files[1].read_bytes()).decode())
    forged = jwt.encode({"alg": "HS256"}, claims(), secret, algorithms=["HS256"])
    with pytest.raises(BadToken):
        verify(public, forged, "alongside")


def test_other_algorithms_and_keys_in_the_header_are_refused(public: OKPKey) -> None:
    rsa = RSAKey.generate_key(2048)
    with pytest.raises(BadToken):
        verify(public, jwt.encode({"alg": "RS256"}, claims(), rsa, algorithms=["RS256"]), "alongside")
    own = OKPKey.generate_key("Ed25519")
    header = {"alg": "Ed25519", "jwk": own.as_dict(private=False)}
    with pytest.raises(BadToken):
        verify(public, jwt.encode(header, claims(), own, algorithms=["Ed25519"]), "alongside")


def test_the_older_name_of_the_signature_is_read_and_the_name_of_today_is_written(
    private: OKPKey, public: OKPKey
) -> None:
    older = _signed({"alg": "EdDSA", "typ": "JWT"}, private)
    assert verify(public, older, "alongside").sub == "u-1"
    header = good(private).partition(".")[0]
    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "Ed25519", "typ": "JWT"}


def test_the_older_name_means_no_other_curve() -> None:
    key = OKPKey.generate_key("Ed448")
    with pytest.raises(BadToken):
        verify(key, _signed({"alg": "EdDSA"}, key), "alongside")


def _signed(header: dict[str, str], key: OKPKey) -> str:
    """Sign by hand, as a program does that writes the older name."""
    text = f"{_part(header)}.{_part(claims())}"
    signature = key.get_op_key("sign").sign(text.encode())  # pyright: ignore
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    "change",
    [
        {"sub": None},
        {"role": None},
        {"teams": None},
        {"aud": None},
        {"exp": None},
        {"role": "owner"},
        {"role": "service"},
        {"teams": "all"},
        {"teams": ["not-an-id"]},
        {"teams": {"a": 1}},
        {"sub": 5},
        {"sub": ""},
        {"exp": "tomorrow"},
    ],
)
def test_claims_of_another_shape_are_refused(private: OKPKey, public: OKPKey, change: dict[str, Any]) -> None:
    token = jwt.encode({"alg": "Ed25519"}, claims(**change), private, algorithms=["Ed25519"])
    with pytest.raises(BadToken):
        verify(public, token, "alongside")


@pytest.mark.parametrize("text", ["", "x", "a.b", "a.b.c", "a.b.c.d", "\x00", "é.é.é", "." * 5, "ey" * 4000])
def test_rubbish_is_refused_without_an_echo(public: OKPKey, text: str) -> None:
    with pytest.raises(BadToken) as refused:
        verify(public, text, "alongside")
    assert str(refused.value) == "the token is not valid here"


def test_our_own_role_is_never_issued(private: OKPKey) -> None:
    with pytest.raises(ValueError, match="never put in a token"):
        good(private, role=Role.SERVICE)
