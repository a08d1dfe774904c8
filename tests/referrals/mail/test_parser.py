"""Hostile and broken mails: read within bounds, or refused with a reason; never slow, never an error of ours."""

import time
from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from services.referrals.mail import rules
from services.referrals.mail.parser import LONGEST_TEXT, CannotBeRead, head, read
from shared.settings import Settings
from tests.referrals.mail.letters import mail, of_parts, plain, report

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
    "huge": b"From: a@b.example\r\n\r\n" + b"x" * 25 * 1024 * 1024,
    "punycode": b"From: a@b.example\r\nContent-Type: text/plain; charset=punycode\r\n\r\n"
    + b"a" * 500_000
    + b"-"
    + b"b" * 500_000,
    "charset of a part of a header": b"From: a@b.example\r\nSubject: =?punycode?q?" + b"a" * 1_900 + b"?=\r\n\r\nx",
    "deep and long": nested(58) + b"x\r\n" * 60_000,
    "quotes without an end": b"From: " + b'"\\' * 30_000 + b"\r\nSubject: x\r\n\r\nhello",
    "attributions": b"From: a@b.example\r\n\r\n" + b"On " * 300_000,
    "attributions in lines": b"From: a@b.example\r\n\r\n" + b"On 1 wrote\r\n" * 100_000,
    "headers quoted": b"From: a@b.example\r\n\r\n" + b"From: a@b\r\n" * 100_000,
    "rules": b"From: a@b.example\r\n\r\n" + (b"-" * 79 + b"\r\n") * 30_000,
    "words of machines": b"From: a@b.example\r\nAuto-Submitted: auto-replied\r\n\r\n" + b"no longer " * 100_000,
    "links": b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + b"<a href='http://x/'>" * 50_000,
    "less than": b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + b"< " * 300_000,
    "calendars": b"From: a@b.example\r\nContent-Type: text/calendar\r\n\r\n" + b"BEGIN:VCALENDAR\r\n" * 20_000,
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
        assert len(found.text) <= LONGEST_TEXT + 200 and "\x00" not in found.text + found.subject
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
        ({}, ""),
        ({"Auto_Submitted": "no"}, ""),
        ({"Auto_Submitted": "auto-replied"}, "answered"),
        ({"Auto_Submitted": "auto-generated; owner=x"}, "marked"),
        ({"Precedence": "bulk"}, "marked"),
        ({"Precedence": "AUTO_REPLY"}, "answered"),
        ({"Precedence": "first-class"}, ""),
        ({"List_Id": "<team.ours.example>"}, "marked"),
        ({"X_Autoreply": "yes"}, "marked"),
        ({"subject": "Automatic reply: Reference"}, "answered"),
        ({"subject": "Abwesenheitsnotiz: Reference"}, "answered"),
        ({"subject": "Otomatik yanıt: x"}, "answered"),
        ({"subject": "Автоматический ответ: x"}, "answered"),
        ({"subject": "Absence du bureau"}, "answered"),
        ({"subject": "Absence from the clinic"}, ""),
        ({"subject": "Away from the hostel since Sunday"}, ""),
        ({"Return_Path": "<>"}, "marked"),
        ({"Return_Path": "<a@b.example>"}, ""),
    ],
)
def test_marks_of_machines_are_told_from_each_other(headers: dict[str, str], automatic: str) -> None:
    assert read(mail(**headers)).automatic == automatic


def test_a_report_says_what_came_back_and_whether_for_good() -> None:
    failed = read(report("<x@ours.example>")).report
    assert failed is not None and failed.outcome == "failed" and failed.status == "5.1.1"
    assert "<x@ours.example>" in failed.returned and failed.recipients == ("team@agency.example",)
    delayed = read(report("<x@ours.example>", action="delayed", status="4.4.1")).report
    assert delayed is not None and delayed.outcome == "delayed"


OF_ONE = "Reporting-MTA: dns; x.example\n\nFinal-Recipient: utf-8; team@agency.example\nAction: failed\nStatus: 5.1.1\n"


@pytest.mark.parametrize(
    ("status", "more", "kind"),
    [
        ("message/global-delivery-status", "", "; report-type=global-delivery-status"),
        ("message/delivery-status", "", ""),
        ("message/delivery-status", "\nContent-Transfer-Encoding: base64", "; report-type=delivery-status"),
        ("message/delivery-status", "\nContent-Transfer-Encoding: quoted-printable", "; report-type=delivery-status"),
        ("message/global-delivery-status", "\nContent-Transfer-Encoding: base64", "; report-type=delivery-status"),
    ],
)
def test_a_report_is_one_in_every_form(status: str, more: str, kind: str) -> None:
    fields = b64encode(OF_ONE.encode()).decode() if "base64" in more else OF_ONE
    returned = "Content-Type: message/global-headers\n\nMessage-ID: <x@ours.example>\n"
    raw = of_parts(plain("No."), f"Content-Type: {status}{more}\n\n{fields}", returned, kind=f"report{kind}")
    found = read(raw).report
    assert found is not None and (found.outcome, found.status) == ("failed", "5.1.1")
    assert found.recipients == ("team@agency.example",) and "<x@ours.example>" in found.returned


def test_the_same_mail_is_the_same_whatever_way_it_came() -> None:
    raw = mail("hello", message_id="<a@b.example>")
    again = b"Received: from somewhere\r\n" + raw
    assert read(raw).said == read(again).said != read(mail("hello!", message_id="<a@b.example>")).said


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Clinic, Chest <desk@agency.example>", "desk@agency.example"),
        ("Clinic; Chest <desk@agency.example>", "desk@agency.example"),
        ("Clinic, Chest (TB) <Desk@Agency.example>", "desk@agency.example"),
        ('"one@other.example" <desk@agency.example>', "desk@agency.example"),
        ('"<one@other.example>" <desk@agency.example>', "desk@agency.example"),
        ('"Clinic, Chest <desk@agency.example>', "desk@agency.example"),
        ("desk@agency.example (Clinic, Chest)", "desk@agency.example"),
        ("desk@agency.example", "desk@agency.example"),
        ("=?utf-8?q?Clinic=2C_Chest?= <desk@agency.example>", "desk@agency.example"),
        ("Clinic, Chest", ""),
        ('"desk"@agency.example', "desk@agency.example"),
        ("<@relay.example:desk@agency.example>", "desk@agency.example"),
        ("Clinic: desk@agency.example;", "desk@agency.example"),
        ("other@agency.example <desk@agency.example>", "desk@agency.example"),
    ],
)
def test_the_address_in_the_brackets_is_the_sender(written: str, address: str) -> None:
    assert read(f"From: {written}\r\nSubject: x\r\n\r\nhello".encode()).sender == address


def test_several_who_sign_one_email_are_all_senders() -> None:
    assert read(mail(sender="A <a@x.example>, b@y.example")).senders == ("a@x.example",), "one has brackets: a name"
    assert read(mail(sender="a@x.example, b@y.example")).senders == ("a@x.example", "b@y.example")


@pytest.mark.parametrize(
    "written",
    [
        "In-Reply-To: <list@ours.example>", "In-Reply-To: list@ours.example", "References: <a@b>\n <list@ours.example>",
        "In-Reply-To: =?utf-8?q?=3Clist=40ours=2Eexample=3E?=", "References: <list@\n ours.example>",
        'In-Reply-To: Your message of "30 Nov 2026" <list@ours.example>', "References: a@b list@ours.example",
    ],
)  # fmt: skip
def test_what_it_answers_is_found_as_programs_write_it(written: str) -> None:
    assert "<list@ours.example>" in read(f"From: a@b.example\n{written}\n\nYes.".encode()).answers


@pytest.mark.parametrize("before", [b"\r\n\r\n", b"\xef\xbb\xbf", b" \n"])
def test_what_stands_above_the_first_header_is_no_reason_to_refuse(before: bytes) -> None:
    assert read(before + mail("hello")).text == "hello" and head(before + mail("hello")).sender == "team@agency.example"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"R\xfcckmeldung", "Rückmeldung"),
        ("Rückmeldung".encode(), "Rückmeldung"),
        (b"=?utf-8?B?w4k=?= tage =?utf-8?Q?=C3=A9?=", "É tage é"),
        (b"=?utf-8?B?ww==?= =?utf-8?B?iXRhZ2U=?=", "Étage"),
        (b"=?utf-8?Q?Accepted for Monday?=", "Accepted for Monday"),
        (b"=?iso-8859-1?Q?caf=E9?= =?utf-8?Q?=C3=A9?=", "caféé"),
        (b"re =?utf-8?Q?7K2M?= =?utf-8?Q?9QX0?= ok", "re 7K2M9QX0 ok"),
    ],
)
def test_a_subject_is_read_as_it_is_meant(written: bytes, said: str) -> None:
    assert read(b"From: a@b.example\nSubject: " + written + b"\n\nx").subject == said


@pytest.mark.parametrize(
    ("way", "body", "said"),
    [
        (
            "base64",
            b64encode(b"We accept on Monday.").decode() + "\n____\na footer of the list",
            "We accept on Monday.",
        ),
        ("base64", b64encode(b"We accept on Monday.").decode().rstrip("="), "We accept on Monday."),
        ("base64", "We accept, he can come.", "We accept, he can come."),
        ("base64", "Hello\n\nWe accept him, caf\u00e9.", "Hello\n\nWe accept him, caf\u00e9."),
        ("quoted-printable;", "caf=C3=A9", "café"),
        ("Quoted-Printable (by hand)", "caf=C3=A9", "café"),
        ("8bits", "café", "café"),
        ("quoted-printable", "accept=\ned =ZZ caf=c3=a9", "accepted =ZZ café"),
    ],
)
def test_a_wrong_way_over_the_wire_loses_no_word(way: str, body: str, said: str) -> None:
    top = f"From: a@b.example\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {way}\n\n"
    assert said in read((top + body).encode()).text


def test_who_wrote_through_a_group_is_named_too() -> None:
    found = read(mail(sender="'Clinic' via Team <team@ours.example>", X_Original_Sender="desk@agency.example"))
    assert found.senders == ("team@ours.example", "desk@agency.example")


@pytest.mark.parametrize(
    ("named", "raw", "text"),
    [
        ("iso-8859-8-i", "שלום".encode("iso8859-8"), "שלום"),
        ("ISO-8859-8-E", "שלום".encode("iso8859-8"), "שלום"),
        ("csISO88598I", "שלום".encode("iso8859-8"), "שלום"),
        ("windows-1255", "שלום".encode("cp1255"), "שלום"),
        ("x-mac-ce", "Žižek".encode("mac-latin2"), "Žižek"),
        ("x-mac-cyrillic", "Привет".encode("mac-cyrillic"), "Привет"),
        ("x-cp1251", "Привет".encode("cp1251"), "Привет"),
        ("ks_c_5601-1987", "안녕".encode("cp949"), "안녕"),
        ("gb2312", "你好".encode("gb18030"), "你好"),
        ("iso-8859-1", b"\x93quoted\x94 \x80 5", "“quoted” € 5"),
        ("us-ascii", "café".encode(), "café"),
        ("", "café".encode("cp1252"), "café"),
        ("klingon", "café".encode(), "café"),
        ("utf-8", "café – “yes”".encode("cp1252"), "café – “yes”"),
        ("utf-8", "naïve ".encode() + "café".encode("cp1252"), "naïve café"),
        ("iso-8859-1", "café – “yes”".encode(), "café – “yes”"),
        ("windows-1250", "zażółć gęślą".encode(), "zażółć gęślą"),
        ("iso-8859-9", "şğı Türkçe".encode(), "şğı Türkçe"),
        ("iso-2022-jp", "café 返信".encode(), "café 返信"),
        ("unknown-8bit", "café".encode("cp1252"), "café"),
        ("x-user-defined", "café".encode("cp1252"), "café"),
        ("utf-7", b"+AGE-", "+AGE-"),
        ("idna", b"xn--mnchen-3ya", "xn--mnchen-3ya"),
    ],
)
def test_a_charset_is_read_as_it_is_meant(named: str, raw: bytes, text: str) -> None:
    head = f"From: a@b.example\r\nContent-Type: text/plain; charset={named or 'us-ascii'}\r\n\r\n".encode()
    assert read(head + raw).text == text


def test_a_page_names_its_own_charset() -> None:
    head = b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n<meta charset='windows-1251'><p>"
    assert read(head + "Привет".encode("cp1251")).text == "Привет"


def test_long_headers_of_other_programs_are_no_reason_to_refuse() -> None:
    to = ", ".join(f'"Synthetic Partner {n:03d}" <partner{n:03d}@partners.example>' for n in range(400))
    said = " ".join(f"=?us-ascii?Q?{'x' * 60}?=" for _ in range(800))
    raw = f"X-Filter: {said}\r\nTo: {to}\r\n".encode() + mail("hello").replace(b"To: team@ours.example\n", b"")
    assert read(raw).text == "hello"


@pytest.mark.parametrize(
    "written",
    [
        "7K2M9QX0", "7k2m9qx0", "7k2m-9qx0", "7K2M 9QX0", "7k2m\u20139qx0", "7K2M9QXO",
        "７Ｋ２Ｍ９ＱＸ０", "7K 2M 9Q X0",
        "ref7k2m9qxo", "REF: 7K2M.9QX0.", "7K2M-\n9QX0", "(7K2M9QX0)", "7К2М9QХ0", "7 K 2 M 9 Q X 0", "7K2M\u00a09QX0",
        "*7K2M9QX0*", "7K2M9QX0's", "#7k2m9qx0/B", "7K2M·9QX0", "7K2M:9QX0", "7K2M\\9QX0", "7K, 2M, 9Q, X0",
        "> 7K2M-\n> 9QX0", "7K2M9QX\u0660", "\u20687K2M\u200f9QX0\u2069",
    ],
)  # fmt: skip
def test_a_reference_is_read_as_people_type_it(written: str) -> None:
    assert "7K2M9QX0" in rules.references(f"We take on {written} from Monday.")


def test_references_are_found_in_order_and_bounded() -> None:
    found = rules.references("about 7k2m9qxw, and (ABCD1234).\nNot UUUU1234 nor 7K2M9QXWX")
    assert [each for each in found if each in ("7K2M9QXW", "ABCD1234")] == ["7K2M9QXW", "ABCD1234"]
    assert not any("U" in each for each in found)
    assert len(rules.references(" ".join(f"{n:08d}" for n in range(9_000)))) == rules.MOST_REFERENCES
