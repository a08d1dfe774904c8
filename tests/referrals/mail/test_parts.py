"""What an email says, whatever it is made of: every part is weighed, and nothing in it is lost."""

from base64 import b64encode

import pytest

from services.referrals.mail.parser import LONGEST_TEXT, Read, read
from tests.referrals.mail.letters import invitation, mail, of_parts, page, plain

SHUT = "<p>Reference 7K2M9QXA</p><p><b>We cannot offer a place before 14 December.</b> Do not send anybody.</p>"
BOILERPLATE = "Your e-mail program cannot show this message. Please use one that can show HTML."


def names(found: Read) -> list[tuple[str, str, int]]:
    return [(file.name, file.kind, len(file.content)) for file in found.files]


@pytest.mark.parametrize(
    "empty", ["", " ", "=20", "\u200b", BOILERPLATE, "This is a message in HTML format.", "View online"]
)
def test_the_page_is_read_where_the_plain_part_says_nothing(empty: str) -> None:
    found = read(of_parts(plain(empty), page(SHUT), kind="alternative"))
    assert "We cannot offer a place before 14 December. Do not send anybody." in found.text
    assert "7K2M9QXA" in found.own and BOILERPLATE not in found.text


def test_a_word_that_only_one_of_both_has_is_shown() -> None:
    found = read(
        of_parts(plain("He can come on Monday."), page("<p>He can <b>not</b> come on Monday.</p>"), kind="alternative")
    )
    assert "He can not come on Monday." in found.text
    found = read(
        of_parts(
            plain("Ring Priya at the front desk about Thursday."), page("<p>See the text.</p>"), kind="alternative"
        )
    )
    assert "Ring Priya at the front desk about Thursday." in found.text and "See the text." in found.text


def test_parts_of_one_letter_are_read_in_their_order() -> None:
    found = read(of_parts(plain("First."), page("<p>Second.</p>"), plain("Third.")))
    assert found.text.split() == ["First.", "Second.", "Third."]
    inner = (
        of_parts(page("<p>Inside.</p>"), kind="related")
        .decode()
        .partition("MIME-Version: 1.0\n")[2]
        .replace("b0", "b1")
    )
    assert "Inside." in read(of_parts(plain(" "), inner, kind="alternative")).text


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("DTSTART;TZID=GMT Standard Time:20270114T101500\nDTEND;TZID=GMT Standard Time:20270114T104500",
         "Thursday 14 January 2027, 10:15 to 10:45 (London time)"),
        ("DTSTART;TZID=Europe/London:20270714T101500\nDURATION:PT30M",
         "Wednesday 14 July 2027, 10:15 to 10:45 (London time)"),
        ("DTSTART:20270714T091500Z", "Wednesday 14 July 2027, 10:15 (London time)"),
        ("DTSTART;TZID=Europe/Berlin:20270114T111500",
         "Thursday 14 January 2027, 10:15 (London time; 11:15 on Thursday 14 January 2027 where it was written)"),
        ("DTSTART:20270114T101500", "Thursday 14 January 2027, 10:15 (no time zone is given)"),
        ("DTSTART;VALUE=DATE:20270114\nDTEND;VALUE=DATE:20270115", "Thursday 14 January 2027, all day"),
        ("DTSTART;VALUE=DATE:20270114\nDTEND;VALUE=DATE:20270116",
         "Thursday 14 January 2027 to Friday 15 January 2027, all day"),
    ],
)  # fmt: skip
def test_an_invitation_says_in_words_when_and_where(when: str, said: str) -> None:
    for raw in (
        of_parts(plain(" "), invitation(when), kind="alternative"),
        f"From: a@b.example\nSubject: 7K2M9QXA\n{invitation(when)}".encode(),
    ):
        found = read(raw)
        assert f"Invitation: Chest clinic\nWhen: {said}\nWhere: Synthetic Hospital, gate 3" in found.text
        assert found.invitation and [file.name for file in found.files] == ["invitation.ics"]


def test_what_an_invitation_asks_is_said() -> None:
    when = "DTSTART:20270114T101500Z"
    assert "Cancelled appointment: Chest clinic" in read(of_parts(invitation(when, method="CANCEL"))).text
    answer = read(of_parts(invitation(when, "ATTENDEE;PARTSTAT=DECLINED:mailto:a@b.example", method="REPLY"))).text
    assert "Answer to an invitation" in answer and "They said: declined" in answer
    assert "It repeats" in read(of_parts(invitation(when, "RRULE:FREQ=WEEKLY;COUNT=4"))).text
    assert (
        "Please bring the form.\nAsk for the nurse."
        in read(of_parts(invitation(when, "DESCRIPTION:Please bring the form.\\nAsk for the nurse."))).text
    )
    broken = read(of_parts("Content-Type: text/calendar\n\nBEGIN:NONSENSE"))
    assert "calendar entry that cannot be read" in broken.text and broken.files
    attached = invitation(when).replace("text/calendar", "application/octet-stream; name=visit.ics")
    assert "Thursday 14 January 2027" in read(of_parts(plain("See the file."), attached)).text


FORWARDED = """Content-Type: message/rfc822

From: ward@agency.example
Subject: that referral

We take him on Monday. Bed 4, B4TR8WNE."""


def test_what_is_forwarded_is_read_and_is_not_the_senders_own() -> None:
    found = read(of_parts(plain("FYI, 7K2M9QXA"), FORWARDED))
    assert "We take him on Monday." in found.text and "From: ward@agency.example" in found.text
    assert found.own == "FYI, 7K2M9QXA"
    digest = read(
        of_parts("\nFrom: a@b.example\nSubject: one\n\nFirst.", "\nFrom: a@b.example\n\nSecond.", kind="digest")
    )
    assert "First." in digest.text and "Second." in digest.text
    whole = b64encode(b"From: ward@agency.example\nSubject: x\n\nWe take him on Monday.").decode()
    for kind in ("application/octet-stream; name=letter.eml", "message/rfc822"):
        part = f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\n\n{whole}"
        assert "We take him on Monday." in read(of_parts(plain("See below"), part)).text


def test_signed_letters_are_read_and_wrapped_ones_are_named() -> None:
    signature = "Content-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nAAAA"
    signed = read(of_parts(plain("We accept."), signature, kind="signed"))
    assert signed.text == "We accept." and signed.files == ()
    for kind, said in (
        ("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", "signed file (S/MIME)"),
        ("application/x-pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "encrypted"),
        ("application/ms-tnef; name=winmail.dat", "winmail.dat"),
        ("application/octet-stream; name=winmail.dat", "winmail.dat"),
    ):
        part = f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\n\nAAAA"
        found = read(of_parts(part))
        assert said in found.text and len(found.files) == 1 and found.own == ""
    pgp = read(of_parts("Content-Type: application/pgp-encrypted\n\nVersion: 1", kind="encrypted"))
    assert pgp.text.count("encrypted (PGP)") == 1


@pytest.mark.parametrize("kind", ["mixed", "alternative", "mixed; boundary=", "x"])
def test_an_email_that_says_it_has_parts_and_has_none_is_read_as_it_is(kind: str) -> None:
    found = read(f"From: ward@agency.example\nSubject: x\nContent-Type: multipart/{kind}\n\nWe accept.".encode())
    assert found.own == "We accept." and found.files == ()


def test_files_are_kept_as_they_came_and_words_are_taken_from_text_alone() -> None:
    letter = bytes(range(256)) * 9_000
    pdf = (
        'Content-Type: application/pdf; name="appointment letter.pdf"\nContent-Disposition: attachment; '
        f'filename="../../appointment letter.pdf"\nContent-Transfer-Encoding: base64\n\n{b64encode(letter).decode()}'
    )
    note = "Content-Type: text/plain\nContent-Disposition: attachment; filename=note.txt\n\nRing B4TR8WNE."
    found = read(of_parts(plain("See the letter."), pdf, note))
    assert names(found)[0] == ("appointment letter.pdf", "application/pdf", len(letter))
    assert found.files[0].content == letter
    assert "Attached file note.txt:\n\nRing B4TR8WNE." in found.text and found.own == "See the letter."
    alone = read(f"From: a@b.example\nSubject: x\n{pdf}".encode())
    assert alone.text == "" and names(alone) == [("appointment letter.pdf", "application/pdf", len(letter))]


@pytest.mark.parametrize(
    "around", ["{0}--z\n\n<p> </p>\n--z--\n", "--z\nContent-Type: text/html\n\n<p> </p>\n--z--\n{0}"]
)
def test_words_outside_of_every_part_are_read_where_there_are_no_others(around: str) -> None:
    top = "From: a@b.example\nSubject: x\nContent-Type: multipart/mixed; boundary=z\n\n"
    said = "This is a multi-part message in MIME format.\nWe accept 7K2M9QXA.\n"
    found = read(
        (top + around.format(said).replace("\n\n<p> </p>", "\nContent-Type: text/html\n\n<p> </p>", 1)).encode()
    )
    assert found.own == found.text == "We accept 7K2M9QXA."


def test_words_that_pgp_signs_are_the_writers_and_what_it_encrypts_is_named() -> None:
    signature = "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEB\n-----END PGP SIGNATURE-----"
    found = read(mail(f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nWe accept.\n{signature}"))
    assert found.own == found.text == "We accept."
    found = read(mail("-----BEGIN PGP MESSAGE-----\n\nhQEMA12\n=ab\n-----END PGP MESSAGE-----"))
    assert "encrypted (PGP)" in found.text and "hQEMA12" not in found.text


def test_a_text_of_another_kind_is_read_where_it_is_the_email() -> None:
    assert read(b"From: a@b.example\nContent-Type: text/x-amp\n\nWe accept.").own == "We accept."


def test_a_text_that_is_too_long_for_a_page_is_kept_whole() -> None:
    found = read(mail("word " * LONGEST_TEXT))
    [file] = found.files
    assert len(found.text) < LONGEST_TEXT + 200 and len(file.content) > 4 * LONGEST_TEXT


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ("<p>Yes &amp; no</p><script>alert(1)</script><style>p{}</style><b>Ref</b>", "Yes & no\n\nRef"),
        ("Book <a href='https://book.example/x?y=1'>here</a>.", "Book here <https://book.example/x?y=1>."),
        ("<ul><li>one<li>two</ul>", "- one\n- two"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("<!-- no --><!--[if mso]>no<![endif]-->yes", "yes"),
        ("<table><tr><td>Day<td>Thursday</table>", "Day Thursday"),
        ("<img src='cid:1' alt='Our logo'>", "[Our logo]"),
        ("<img alt=\"a>b\"><p title='x > y'>We accept</p>", "[a>b]\nWe accept"),
        ('<a href="x>We accept</a> <b class="y">him</b>', "We accept him"),
        ("<div style='display:none'>Preview <div>of it</div></div><p>We accept</p>", "We accept"),
        ("<p hidden>No</p><span style='font-size:0px'>No</span>We <b style='mso-hide:all'>no</b>accept", "We accept"),
        ("<div style='display: none !important'><br>We accept", "We accept"),
        ("<div style='visibility:hidden'>We accept</div>", "We accept"),
        ("<p style='font-size:0.9em'>We accept</p>", "We accept"),
        ("<details><summary>7K2M9QX0</summary>accepted</details>", "7K2M9QX0\naccepted"),
        ("<p>7K2M<wbr>9QX&shy;0 accepted</p>", "7K2M9QX0 accepted"),
    ],
)
def test_markup_becomes_the_words_of_a_page(markup: str, said: str) -> None:
    text = read(f"From: a@b.example\nContent-Type: text/html\n\n{markup}".encode()).text
    assert text.replace("\n\n", "\n").replace("  ", " ") == said.replace("\n\n", "\n")
