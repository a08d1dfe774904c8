"""The child process that reads: within limits, replaced when it overruns them, and one email never stops the others."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from services.referrals.mail.bounds import MOST, CannotBeRead
from services.referrals.mail.parser import read
from services.referrals.mail.reader import Reader
from tests.referrals.mail.letters import invitation, mail, of_parts, plain, report


@pytest.fixture
def reader() -> Iterator[Reader]:
    made = Reader()
    yield made
    made.close()


@pytest.mark.parametrize(
    "raw",
    [
        mail("hello"),
        report("<x@ours.example>"),
        of_parts(plain("a"), invitation("DTSTART:20270114T101500Z")),
        of_parts(plain("a"), "Content-Type: image/png; name=x.png\nContent-Transfer-Encoding: base64\n\nAAECAw=="),
        mail("שלום"),
    ],
)
def test_what_the_child_reads_is_what_we_would_read(reader: Reader, raw: bytes) -> None:
    assert reader.read_now(raw) == read(raw)


def test_a_refusal_comes_back_as_its_rule_and_the_child_goes_on(reader: Reader) -> None:
    reader.read_now(mail("one"))
    first = reader.child_id
    for raw, rule in ((b"no mail", "not_a_mail"), (b"From: a@b.example\r\n" + b"X: y\r\n" * 5_000, "header_too_long")):
        with pytest.raises(CannotBeRead) as refused:
            reader.read_now(raw)
        assert refused.value.rule == rule
    assert reader.read_now(mail("two")).text == "two" and reader.child_id == first, "warm, and used again"


async def test_what_is_too_large_is_not_even_sent(reader: Reader) -> None:
    with pytest.raises(CannotBeRead) as refused:
        await reader.read(b"x" * (MOST + 1))
    assert refused.value.rule == "too_large" and reader.child_id is None


def test_a_child_that_dies_is_replaced(reader: Reader) -> None:
    reader.read_now(mail("one"))
    child = reader.child_id
    assert child is not None
    os.kill(child, signal.SIGKILL)
    assert reader.read_now(mail("two")).text == "two"
    assert reader.child_id not in (None, child)


def test_what_led_to_a_dead_child_is_closed(reader: Reader) -> None:
    reader.read_now(mail("one"))
    dead = reader._child
    assert dead is not None and dead.stdin is not None and dead.stdout is not None
    dead.kill()
    dead.wait()
    reader.read_now(mail("two"))
    assert dead.stdin.closed and dead.stdout.closed


def test_what_takes_too_long_is_ended_and_the_next_is_read(reader: Reader) -> None:
    slow = reader.with_limits(cpu_seconds=1)
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(58))
    try:
        with pytest.raises(CannotBeRead) as refused:
            slow.read_now(b"From: a@b.example\r\n" + deep + b"-- x\r\n" * 3_000_000)
        assert refused.value.rule == "too_slow"
        assert slow.read_now(mail("next")).text == "next"
    finally:
        slow.close()


def test_what_needs_too_much_memory_is_refused(reader: Reader) -> None:
    small = reader.with_limits(memory=160 * 1024 * 1024)
    try:
        with pytest.raises(CannotBeRead) as refused:
            small.read_now(mail("x y z\n" * 3_500_000))
        assert refused.value.rule in ("too_much_memory", "crashed")
        assert small.read_now(mail("next")).text == "next"
    finally:
        small.close()


def test_the_child_is_given_no_secret(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALONGSIDE_DATABASE_PASSWORD_API", "canary-in-the-environment")
    reader.read_now(mail("one"))
    with open(f"/proc/{reader.child_id}/environ", "rb") as environment:
        assert b"ALONGSIDE" not in environment.read()
    child = reader.child_id
    reader.close()
    for _ in range(100):
        if not os.path.exists(f"/proc/{child}"):
            break
        time.sleep(0)
    assert not os.path.exists(f"/proc/{child}"), "and leaves nothing behind"
