"""Hostile and broken mails: read within bounds, or refused with a reason; never slow, never an error of ours."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from services.referrals.mail import rules
from services.referrals.mail.reading import LONGEST_TEXT, CannotBeRead, read
from shared.settings import Settings
from tests.referrals.mail.letters import mail, report

pytestmark = pytest.mark.usefixtures("settings")
SECONDS = 5.0  # on a busy machine; each takes milliseconds


def nested(depth: int) -> bytes:
    head = b"From: a@b.example\r\nSubject: x\r\n"
    for number in range(depth):
        head += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number)
    return head + b"Content-Type: text/plain\r\n\r\nhello\r\n"


def forwarded(depth: int) -> bytes:
    return b"From: a@b.example\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * depth + b"\r\nhello"


HOSTILE = {
    "nothing": b"",
    "blank": b"\r\n\r\n",
    "noise": bytes(range(256)) * 100,
    "no headers": b"hello there\r\n",
    "huge": b"From: a@b.example\r\n\r\n" + b"x" * 1024 * 1024,
    "deep": nested(150),
    "very deep": nested(20_000),
    "deep forwards": forwarded(150),
    "very deep forwards": forwarded(20_000),
    "endless header": b"From: a@b.example\r\nSubject: " + b"x" * 500_000 + b"\r\n\r\n",
    "endless folded header": b"From: a@b.example\r\nReferences:" + b"\r\n <a@b>" * 50_000 + b"\r\n\r\n",
    "many headers": b"From: a@b.example\r\n" + b"X-A: b\r\n" * 50_000 + b"\r\nhello",
    "brackets": b"From: " + b"(" * 7_000 + b"\r\nSubject: " + b"(" * 7_000 + b"\r\n\r\nhello",
    "quotes": b'From: "' + b'\\"' * 3_500 + b"\r\n\r\nhello",
    "encoded words": b"From: a@b.example\r\nSubject: " + b"=?utf-8?q?=41?= " * 480 + b"\r\n\r\nhello",
    "broken words": b"From: a@b.example\r\nSubject: =?x-none?b?!!!?= =?utf-8?q?=FF=FE?=\r\n\r\nhello",
    "parameters": b"From: a@b.example\r\nContent-Type: multipart/mixed;" + b" a*0*=''%41;" * 50_000 + b"\r\n\r\nx",
    "some parameters": b"From: a@b.example\r\nContent-Type: text/plain;" + b" a*0*=''%41;" * 150 + b"\r\n\r\nx",
    "unknown charset": b"From: a@b.example\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff\xfehello",
    "null charset": b'From: a@b.example\r\nContent-Type: text/plain; charset="\x00"\r\n\r\nhello',
    "broken base64": b"From: a@b.example\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!=*",
    "uuencode": b"From: a@b.example\r\nContent-Transfer-Encoding: uuencode\r\n\r\nbegin 666 x\r\n#\x00\r\nend",
    "styles": b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + b"<style>" * 100_000,
    "tags": b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + b"<b " * 200_000,
    "nested tags": b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 100_000,
    "angles": b"From: a@b.example\r\nReturn-Path: <>\r\n\r\n" + b"<" * 500_000,
    "utf-16 body": b"From: a@b.example\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n" + b"\xd8\x00" * 100,
    "report of nothing": b"From: a@b.example\r\nContent-Type: multipart/report; report-type=delivery-status\r\n\r\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_read_in_bounds_or_refused(name: str) -> None:
    started = time.process_time()
    try:
        found = read(HOSTILE[name])
    except CannotBeRead as refused:
        assert refused.rule.replace("_", "").isalpha()
    else:
        assert len(found.text) <= LONGEST_TEXT and "\x00" not in found.text + found.subject
        found.text.encode()
        found.subject.encode()
    assert time.process_time() - started < SECONDS


@hypothesis(max_examples=200, deadline=None)
@given(st.binary(max_size=2_000), st.binary(max_size=300))
def test_no_bytes_break_it(settings: Settings, body: bytes, header: bytes) -> None:
    for raw in (body, b"From: a@b.example\r\nSubject: " + header + b"\r\nContent-Type: " + header + b"\r\n\r\n" + body):
        with suppress(CannotBeRead):
            read(raw)


def test_headers_are_not_smuggled() -> None:
    found = read(mail("x", subject="hello")[:-1] + b"\r\nFrom: evil@example.org\r\n")
    assert found.sender == "team@agency.example"
    twice = b"From: one@a.example\r\nFrom: two@b.example\r\nSubject: a\r\n\tBcc: c@d.example\r\n\r\nx"
    assert read(twice).sender == "one@a.example"
    assert "\n" not in read(twice).subject


def test_markup_becomes_text() -> None:
    raw = b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n<p>Yes &amp; no</p><script>alert(1)</script><b>Ref</b>"
    assert "alert" not in read(raw).text and "Yes & no" in read(raw).text


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        ({}, False),
        ({"Auto_Submitted": "no"}, False),
        ({"Auto_Submitted": "auto-replied"}, True),
        ({"Auto_Submitted": "auto-generated; owner=x"}, True),
        ({"Precedence": "bulk"}, True),
        ({"Precedence": "AUTO_REPLY"}, True),
        ({"Precedence": "first-class"}, False),
        ({"Return_Path": "<>"}, True),
        ({"Return_Path": "<a@b.example>"}, False),
    ],
)
def test_automatic_answers_are_told(headers: dict[str, str], automatic: bool) -> None:
    assert read(mail(**headers)).automatic is automatic


def test_a_report_says_what_came_back_and_whether_for_good() -> None:
    failed = read(report("<x@ours.example>"))
    assert failed.report and failed.failed == "5.1.1" and "<x@ours.example>" in failed.returned
    assert read(report("<x@ours.example>", action="delayed", status="4.4.1")).failed is None


def test_the_same_mail_is_the_same_whatever_way_it_came() -> None:
    raw = mail("hello", message_id="<a@b.example>")
    again = b"Received: from somewhere\r\n" + raw
    assert read(raw).digest == read(again).digest != read(mail("hello!", message_id="<a@b.example>")).digest


def test_references_are_found_in_any_writing() -> None:
    assert rules.references("about 7k2m9qxw, and (ABCD1234).\nNot ILOU1234 nor 7K2M9QXWX") == ["7K2M9QXW", "ABCD1234"]
    assert len(rules.references(" ".join(f"{n:08d}" for n in range(5_000)))) == rules.MOST_REFERENCES
