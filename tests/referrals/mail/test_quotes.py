"""The writer's own words, told from what is quoted in the shapes that clients make. REF2 is theirs, QUOTED ours."""

import pytest

from services.referrals.mail.parser import read
from services.referrals.mail.quotes import answered, own_words, without
from tests.referrals.mail.letters import of_parts, page, plain


def headers(sender: str, when: str, to: str, what: str) -> str:
    lines = (f"{sender} Us <us@ours.example>", f"{when} 30 November 2026 09:46", f"{to} Them <a@b.example>")
    return "\n".join((*lines, f"{what} Reference", "", "QUOTED"))


ABOVE = {
    "outlook": "_" * 32 + "\n" + headers("From:", "Sent:", "To:", "Subject:"),
    "outlook without its line": headers("From:", "Sent:", "To:", "Subject:"),
    "outlook in bold": headers("*From:*", "*Sent:*", "*To:*", "*Subject:*"),
    "outlook with cc": headers("From:", "Sent:", "To: X <x@y.example>\nCc:", "Subject:"),
    "outlook with empty lines": headers("From:", "\nSent:", "\nTo:", "\nSubject:"),
    "german": headers("Von:", "Gesendet:", "An:", "Betreff:"),
    "french": headers("De :", "Envoyé :", "À :", "Objet :"),
    "polish": headers("Od:", "Wysłano:", "Do:", "Temat:"),
    "spanish": headers("De:", "Enviado el:", "Para:", "Asunto:"),
    "italian": headers("Da:", "Inviato:", "A:", "Oggetto:"),
    "dutch": headers("Van:", "Verzonden:", "Aan:", "Onderwerp:"),
    "swedish": headers("Från:", "Skickat:", "Till:", "Ämne:"),
    "a language we have no words of": headers("Vun:", "Geschéckt:", "Fir:", "Betreffend:"),
    "original message": "-----Original Message-----\nFrom: us\nQUOTED",
    "ursprüngliche": "-----Ursprüngliche Nachricht-----\nVon: us\nQUOTED",
    "message d'origine": "-----Message d'origine-----\nDe : us\nQUOTED",
    "android": "-------- Original message --------\nFrom: us\nDate: 30/11/2026 09:46\nTo: x\n\nQUOTED",
    "forwarded": "---------- Forwarded message ---------\nFrom: us\nQUOTED",
    "gmail": "On Mon, 30 Nov 2026 at 09:46, Us <us@ours.example> wrote:\n\n> QUOTED\n> QUOTED",
    "gmail on two lines": "On Mon, Nov 30, 2026 at 9:46 AM Us <\nus@ours.example> wrote:\n\n> QUOTED",
    "gmail without marks": "On Mon, Nov 30, 2026 at 9:46 AM Us <us@ours.example> wrote:\n\nQUOTED",
    "gmail in german": "Am Mo., 30. Nov. 2026 um 09:46 Uhr schrieb Us <us@ours.example>:\n\n> QUOTED",
    "apple in german": "Am 30.11.2026 um 09:46 schrieb Us <us@ours.example>:\n\nQUOTED",
    "gmail in french": "Le lun. 30 nov. 2026 à 09:46, Us <us@ours.example> a écrit :\n\n> QUOTED",
    "gmail in spanish": "El lun, 30 nov 2026 a las 9:46, Us (<us@ours.example>) escribió:\n\n> QUOTED",
    "gmail in italian": "Il giorno lun 30 nov 2026 alle ore 09:46 Us <us@ours.example> ha scritto:\n\n> QUOTED",
    "gmail in dutch": "Op ma 30 nov 2026 om 09:46 schreef Us <us@ours.example>:\n\n> QUOTED",
    "gmail in polish": "pon., 30 lis 2026 o 09:46 Us <us@ours.example> napisał(a):\n\n> QUOTED",
    "gmail in portuguese": "Em seg., 30 de nov. de 2026 às 09:46, Us <us@ours.example> escreveu:\n\n> QUOTED",
    "gmail in swedish": "Den mån 30 nov. 2026 kl 09:46 skrev Us <us@ours.example>:\n\nQUOTED",
    "gmail in russian": "пн, 30 нояб. 2026 г. в 09:46, Us <us@ours.example>:\n\n> QUOTED",
    "iphone": "Sent from my iPhone\n\n> On 30 Nov 2026, at 09:46, Us <us@ours.example> wrote:\n> \n> QUOTED",
    "yahoo": "    On Monday, 30 November 2026 at 09:46:12 GMT, Us <us@ours.example> wrote:  \n\n QUOTED",
    "a language without words of ours": "Vào 30 thg 11, 2026 vào lúc 16:46 Us <us@ours.example> đã viết:\n\nQUOTED",
    "catalan": "Missatge de Us <us@ours.example> del dia dl., 30 de nov. 2026 a les 10:46:\n\nQUOTED",
    "groupwise": ">>> Us <us@ours.example> 30/11/2026 09:46 >>>\nQUOTED",
    "marks alone": "> QUOTED\n>> QUOTED",
}


@pytest.mark.parametrize("shape", ABOVE)
def test_what_stands_above_a_quotation_is_the_writers(shape: str) -> None:
    own = own_words(f"Hi\n\nREF2 - accepted. Thanks\n\n{ABOVE[shape]}")
    assert "REF2 - accepted. Thanks" in own and "QUOTED" not in own


@pytest.mark.parametrize(
    "text",
    [
        "> QUOTED\n> QUOTED\n\nREF2 ok",
        "On Mon, 30 Nov 2026, Us wrote:\n> QUOTED\n\nREF2 ok",
        "> QUOTED A\nREF2 ok\n> QUOTED B\nno",
        "On 30 Nov 2026, at 09:46, Us <us@ours.example> wrote:\n\n> QUOTED\n\nREF2 ok\n\n> QUOTED\n\nBye",
    ],
)
def test_an_answer_below_or_between_is_the_writers(text: str) -> None:
    assert "REF2 ok" in own_words(text) and "QUOTED" not in own_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "REF2 accepted.\nFrom: 9am\nTo: 5pm\nWhere: gate 3",
        "On Monday at 10:15 he can come. Priya wrote: ask for her.\nREF2",
        "Day: Thursday\nTime: 10:15\nPlace: gate 3\nREF2",
        "----- Referral desk -----\nREF2 accepted",
        "_" * 30 + "\nREF2 accepted",
        "From Monday on we have room: REF2",
        "Write to Priya <priya@a.example> on Monday at 10:15:\nREF2",
    ],
)
def test_words_of_a_person_are_not_taken_for_a_quotation(text: str) -> None:
    assert own_words(text) == text


PAGES = {
    "gmail": '<div>REF2</div><div class="gmail_quote"><div class="gmail_attr">On Mon, 30 Nov 2026, Us wrote:<br></div>'
    '<blockquote class="gmail_quote"><p>QUOTED</p></blockquote></div>',
    "outlook": '<p>REF2</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Us</div><p>QUOTED</p>',
    "outlook for windows": '<p>REF2</p><div style="border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Us'
    " &lt;us@ours.example&gt;<br><b>Sent:</b> 30 November 2026<br><b>Subject:</b> Reference</p></div><p>QUOTED</p>",
    "apple": "<div>REF2</div><blockquote type=cite><div>On 30 Nov 2026, Us wrote:</div><div>QUOTED</div></blockquote>",
    "thunderbird": '<p>REF2</p><div class="moz-cite-prefix">Am 30.11.26 um 09:46 schrieb Us:<br></div>'
    "<blockquote>QUOTED</blockquote>",
    "yahoo": '<div>REF2</div><div class="yahoo_quoted" id="x"><div>On Monday, Us wrote:</div><div>QUOTED</div></div>',
    "below": "<blockquote>QUOTED</blockquote><p>REF2</p>",
    "between": "<blockquote>QUOTED</blockquote><p>REF2</p><blockquote>QUOTED</blockquote><p>no</p>",
}


@pytest.mark.parametrize("shape", PAGES)
def test_what_a_page_marks_as_quoted_is_not_the_writers(shape: str) -> None:
    found = read(of_parts(plain(" "), page(PAGES[shape]), kind="alternative"))
    assert "REF2" in found.own and "QUOTED" not in found.own and "QUOTED" in found.text


def test_an_answer_between_the_lines_says_what_it_is_about() -> None:
    text = "> Reference A: have you received it?\n\nYes.\n> Reference B: have you decided?\n> Reference C: and?\nNo.\n"
    assert answered(text) == "> Reference A: have you received it?\n> Reference C: and?"


def test_what_stands_in_our_own_email_is_ours_in_any_shape() -> None:
    ours = "Hello,\n\nReference 7K2M9QXA: have you received it? Please answer by Wednesday.\n- or reply to this mail"
    text = "B4TR8WNE is fine.\n\n| Reference 7K2M9QXA: have you received it?\n| Please answer by Wednesday.\nBye"
    assert without(text, ours).split("\n") == ["B4TR8WNE is fine.", "", "Bye"]
