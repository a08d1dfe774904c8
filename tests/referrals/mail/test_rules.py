"""What a machine says is told from what a person says, by its words in the languages that come."""

import pytest

from services.referrals.mail import rules
from services.referrals.mail.parser import Read, read
from services.referrals.mail.rules import Notice, Standing
from tests.referrals.mail.letters import mail

MARKED = {"Auto_Submitted": "auto-replied"}
GENERATED = {"Auto_Submitted": "auto-generated"}


def notice(found: Read, *, names_ours: bool = False, from_agency: bool = True, answers_ours: bool = True) -> str | None:
    standing = Standing(found.report, found.automatic, from_agency, names_ours, answers_ours)
    return rules.notice(standing, found.own)


AWAY = {
    "Auto reply: x": "This inbox is not monitored outside of office hours.",
    "Automatic reply: x": "I do not work on Fridays and will answer when I am next in.",
    "Out of office": "I work Monday to Wednesday and will get back to you on my return.",
    "Resposta automática: x": "Estou de férias até 7 de dezembro.",
    "Risposta automatica: x": "Sono in ferie fino al 7 dicembre.",
    "Automatisch antwoord: x": "Ik ben met vakantie tot 7 december.",
    "Autosvar: x": "Jag är på semester till den 7 december.",
    "Automatisk svar: x": "Jeg er på ferie til den 7. december.",
    "Automaattinen vastaus: x": "Olen lomalla 7.12. asti.",
    "Răspuns automat: x": "Sunt în concediu până pe 7 decembrie.",
    "Otomatik yanıt: x": "7 Aralık tarihine kadar izindeyim.",
    "Odpowiedź automatyczna: x": "Jestem na urlopie do 7 grudnia.",
    "Автоматический ответ: x": "Я в отпуске до 7 декабря.",
    "Автоматична відповідь: x": "Я у відпустці до 7 грудня.",
    "Automatická odpověď: x": "Mám dovolenou do 7. prosince.",
    "Automatikus válasz: x": "Szabadságon vagyok december 7-ig.",
    "Αυτόματη απάντηση: x": "Είμαι σε άδεια μέχρι 7 Δεκεμβρίου.",
    "رد تلقائي: x": "أنا في إجازة حتى 7 ديسمبر.",
}


@pytest.mark.parametrize("subject", AWAY)
@pytest.mark.parametrize("marks", [{}, MARKED])
def test_an_absence_note_pauses_nothing_in_any_language(subject: str, marks: dict[str, str]) -> None:
    assert notice(read(mail(AWAY[subject], subject=subject, **marks))) is Notice.ABSENCE


@pytest.mark.parametrize(
    ("subject", "what"),
    [
        ("Läst: x", Notice.READ), ("Læst: x", Notice.READ), ("Lest: x", Notice.READ), ("Luettu: x", Notice.READ),
        ("Přečteno: x", Notice.READ), ("Citit: x", Notice.READ), ("Okundu: x", Notice.READ),
        ("Прочитано: x", Notice.READ), ("Elolvasva: x", Notice.READ), ("Oläst: x", Notice.NOT_READ),
        ("Ulæst: x", Notice.NOT_READ), ("Okunmadı: x", Notice.NOT_READ), ("Nepřečteno: x", Notice.NOT_READ),
        ("Не прочитано: x", Notice.NOT_READ),
    ],
)  # fmt: skip
def test_a_receipt_is_one_in_any_language(subject: str, what: Notice) -> None:
    assert notice(read(mail("", subject=subject))) is what
    assert notice(read(mail("We take him on.", subject=subject))) is None, "unless somebody wrote something"


@pytest.mark.parametrize(
    ("said", "subject"),
    [
        ("This mailbox has moved.", "Automatic reply: x"),
        ("Mme Dupont a quitté le service.", "Réponse automatique : x"),
        ("I have now retired from the Trust.", "Automatic reply: x"),
        ("Bu adres artık kullanılmamaktadır.", "Otomatik yanıt: x"),
        ("Este endereço não está mais em uso.", "Resposta automática: x"),
        ("Adressen används inte längre.", "Autosvar: x"),
    ],
)
def test_a_closed_address_is_a_task_in_any_language(said: str, subject: str) -> None:
    assert notice(read(mail(said, subject=subject, **MARKED))) is Notice.ADDRESS


@pytest.mark.parametrize(
    ("said", "marks", "names_ours", "what"),
    [
        # A help desk says that something came: somebody may look, nothing waits.
        ("Your request (48121) has been received and is being reviewed.", GENERATED, False, Notice.AUTOMATIC),
        ("A ticket has been opened for you. Ticket ID 812.", {"Precedence": "bulk"}, False, Notice.AUTOMATIC),
        ("Your enquiry about 7K2M9QXA has been received.", MARKED, True, Notice.AUTOMATIC),
        ("A request has been created and assigned #991.", {"Precedence": "auto_reply"}, False, Notice.RECEIVED),
        # Somebody at a help desk says something.
        ("We will see him on Monday morning.", GENERATED, False, None),
        ("Your request has been received: we accept him.", GENERATED, False, None),
        ("7K2M9QXA: come on Thursday at 10:15.", MARKED, True, None),
        ("7K2M9QXA accepted. I am on leave from Friday.", MARKED, True, Notice.AUTOMATIC),
    ],
)
def test_what_a_help_desk_says_by_itself_is_told_from_its_people(
    said: str, marks: dict[str, str], names_ours: bool, what: Notice | None
) -> None:
    assert notice(read(mail(said, **marks)), names_ours=names_ours) is what


@pytest.mark.parametrize(
    ("subject", "marks", "answers_ours", "what"),
    [
        ("Undeliverable: x", MARKED, False, Notice.RETURNED),
        ("Unzustellbar: x", {}, True, Notice.RETURNED),
        ("Mail delivery failed: returning message to sender", {}, True, Notice.RETURNED),
        ("Undeliverable: x", {}, False, None),
    ],
)
def test_who_says_that_it_did_not_arrive_is_heard(
    subject: str, marks: dict[str, str], answers_ours: bool, what: Notice | None
) -> None:
    found = read(
        mail("It could not be delivered. <list@ours.example>", sender="x@filter.example", subject=subject, **marks)
    )
    assert notice(found, from_agency=False, answers_ours=answers_ours) is what
    assert (
        found.report is not None
        and found.report.outcome == "perhaps"
        and "<list@ours.example>" in found.report.returned
    )
    forwarded = read(mail("It could not be delivered.", subject=subject))
    assert notice(forwarded) is None, "a service that forwards one is a person"


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("Sam here: we take him from Monday.", "other"),
        ("Your email is held for review by an administrator.", "other"),
        ("It could not be delivered.", "failed"),
        ("Konnte nicht zugestellt werden.", "failed"),
        ("550 5.1.1 user unknown", "failed"),
    ],
)
def test_a_postmaster_is_sometimes_a_person(said: str, outcome: str) -> None:
    found = read(mail(said, sender="postmaster@agency.example")).report
    assert found is not None and found.outcome == outcome
