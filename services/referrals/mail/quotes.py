"""Separating a writer's own words from the quoted earlier emails, in the shapes that clients make.

Nothing is removed: the whole email stays readable, only the matching looks at the writer's own words first. Every
pattern looks at one line, or at a handful of them: the time is linear in the length. Pure.
"""

import re
from dataclasses import dataclass

# The end of "On ... wrote:". In some languages a name comes between the verb and the colon.
_WROTE = re.compile(
    r"(?i)(?:\b(?:wrote|writes|schrieb|schreibt|geschrieben|a [ée]crit|[ée]crivait|escribi[óo]|ha scritto|scritto"
    r"|escreveu|"
    r"schreef|geschreven|napisa[łl](?:\(a\)|a|\(-a\))?|pisze|skrev|kirjoitti|napsal(?:\(a\)|a)?"
    r"|nap[íi]sal(?:\(a\)|a)?|"
    r"a scris|[íi]rta|[şs]unu yazd[ıi]|yazd[ıi]|написал(?:\(а\)|а)?|пишет|писал(?:\(а\)|а)?|написав|написала|пише|"
    r"έγραψε|va escriure|ha escrit|skrifaði|kirjutas|rašė|rakstīja|je napisao|je napisala|napisao je|ka shkruar)\b"
    r"|כתב|כתבה|كتب|نوشت|写道|寫道|書きました|작성|님이)"
)
_ENDS_IN_COLON = re.compile(r"[:：]\s*$")
_DATED = re.compile(r"\d|@")
# In any language: an address in brackets, a year and a time, in any order, before a colon.
_SOMEBODY_THEN = re.compile(r"(?=.*<[^<>\s]+@[^<>\s]+>)(?=.*\b20\d\d\b)(?=.*\b\d{1,2}[:.]\d{2}\b)")
# GroupWise puts the whole line between marks, and none before the quoted lines.
_BETWEEN_MARKS = re.compile(r"^\s*>>> .{3,300} >>>\s*$")
_DASHED = re.compile(r"^\s*[-_=*]{2,}\s*([^-_=*].{2,78}?[^-_=*\s])\s*[-_=*]{2,}\s*$")
_DASHED_WORDS = re.compile(
    r"(?i)original|ursprüngliche|weitergeleitete|forwarded|message|messaggio|mensa[jg]e|bericht|wiadomo|nachricht"
    r"|viesti"
    r"|meddelande|melding|mesaj|сообщение|повідомлення|μήνυμα|üzenet|zpráva|správa|porukа|poruka"
)
_BEGINS_FORWARD = re.compile(
    r"(?i)^\s*(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)"
    r"|début du message (?:réexpédié|transféré)"
    r"|inicio del mensaje reenviado|inizio messaggio inoltrato|doorgestuurd bericht"
    r"|rozpoczęcie przekazywanej wiadomości)\s*[:：]?\s*$"
)
_RULE = re.compile(r"^\s*[_\-=*\u2500-\u2501]{8,}\s*$")
_KEY = re.compile(r"^[\s*>|]{0,6}([^\W\d][^:：\n@<>]{0,28}?)\s?\*{0,2}\s?[:：]\*{0,2}(?:\s|$)(.*)")


def _words(said: str) -> frozenset[str]:
    return frozenset(each.strip() for each in said.split(","))


_FROM = _words(
    "from, von, de, van, od, da, fra, från, lähettäjä, от, від, nadawca, feladó, kimden, gönderen, expéditeur,"
    "absender, remitente, mittente, afzender, afsender, avsändare, expeditor, od koho, odesílatel, από, מאת, من, "
    "发件人, 寄件者, 差出人, 보낸 사람"
)
_WHEN = _words(
    "sent, date, gesendet, datum, envoyé, envoyée, fecha, enviado, enviado el, enviada em, data, inviato, "
    "inviato il, verzonden, wysłano, sendt, sendt den, skickat, lähetetty, päivämäärä, odesláno, odoslané, dátum, "
    "elküldve, gönderildi, tarih, trimis, отправлено, дата, надіслано, στάλθηκε, ημερομηνία, נשלח, תאריך, تاريخ, "
    "تم الإرسال, date d'envoi, data wysłania, dato, 发送时间, 日期, 送信日時"
)
_WHAT = _words(
    "subject, betreff, objet, sujet, asunto, assunto, oggetto, onderwerp, temat, emne, ämne, aihe, předmět, "
    "predmet, tárgy, konu, subiect, тема, θέμα, נושא, موضوع, الموضوع, 主题, 主旨, 件名, 제목"
)
_LOOK = 8  # lines within which a block of headers must be recognised


@dataclass(frozen=True)
class Line:
    """One line of an email, and whether it is quoted from an earlier one."""

    text: str
    quoted: bool


def lines(text: str) -> list[Line]:
    """Return every line of the text, marked."""
    found = text.split("\n")
    marked = [_behind_a_mark(line) for line in found]
    rest = len(found)  # from here on all of it is quoted
    at = 0
    while at < len(found):
        if marked[at] and _BETWEEN_MARKS.match(found[at]) and not _marked_below(marked, found, at):
            rest = at
            break
        if marked[at] or not found[at].strip():
            at += 1
            continue
        if length := _attribution(found, marked, at):
            for each in range(at, at + length):
                marked[each] = True
            at += length
            if not _marked_below(marked, found, at - 1):
                rest = at
                break
            continue
        if _opens_quote(found, at):
            rest = at
            break
        at += 1
    return [Line(line, marked[each] or each >= rest) for each, line in enumerate(found)]


def _marked_below(marked: list[bool], found: list[str], at: int) -> bool:
    following = next((each for each in range(at + 1, len(found)) if found[each].strip()), None)
    return following is not None and marked[following]


def own_words(text: str) -> str:
    """Return the writer's own words, without quoted lines."""
    return "\n".join(line.text for line in lines(text) if not line.quoted).strip()


def answered(text: str) -> str:
    """Return the quoted lines directly above the writer's words: those that the writer answers."""
    above, found = "", list[str]()
    fresh = False  # a quoted line has come since the writer's last
    for line in lines(text):
        if not line.text.strip():
            continue
        if line.quoted:
            above, fresh = line.text, True
        elif fresh and above:
            found.append(above)
            fresh = False
    return "\n".join(found)


def without(text: str, ours: str) -> str:
    """Return the lines of the text that are not in our own email: clients quote it without any mark."""
    known = {key for line in ours.split("\n") if len(key := _letters(line)) >= 8}
    whole = _letters(ours)
    kept = [
        line
        for line in text.split("\n")
        if (key := _letters(line)) not in known and not (len(key) >= 16 and key in whole)
    ]
    return "\n".join(kept)


def _letters(line: str) -> str:
    return "".join(char for char in line.lower() if char.isalnum())


def _behind_a_mark(line: str) -> bool:
    return line.lstrip().startswith((">", "&gt;", "|>"))


def _attribution(found: list[str], marked: list[bool], at: int) -> int:
    """Return how many lines from here are "On ... wrote:"; 0 when they are not. Clients wrap it."""
    said = ""
    for length in range(1, 5):
        if at + length > len(found) or marked[at + length - 1] or not (line := found[at + length - 1].strip()):
            return 0
        said = f"{said} {line}"
        if len(said) > 400:
            return 0
        if _ENDS_IN_COLON.search(said):
            return length if _SOMEBODY_THEN.search(said) or _WROTE.search(said) and _DATED.search(said) else 0
    return 0


def _opens_quote(found: list[str], at: int) -> bool:
    line = found[at]
    if dashed := _DASHED.match(line):
        return bool(_DASHED_WORDS.search(dashed[1])) or _headers(found, at + 1)
    if _BEGINS_FORWARD.match(line):
        return True
    if _RULE.match(line):
        return _headers(found, at + 1)
    return _headers(found, at)


def _headers(found: list[str], at: int) -> bool:
    """Return whether a block of headers begins here, as Outlook and phones put it above a quoted email."""
    window = [line for line in found[at : at + 2 * _LOOK] if line.strip()][:_LOOK]
    if not window or not (first := _KEY.match(window[0])):
        return False
    keys = [key[1].strip(" *").lower() for line in window if (key := _KEY.match(line))]
    is_from = first[1].strip(" *").lower() in _FROM
    named = any(key in _WHEN for key in keys) + any(key in _WHAT for key in keys)
    if is_from:
        return named >= 1 and len(keys) >= 2
    # In any language: several of them in a row, the first with an address.
    return "@" in first[2] and len(keys) >= 3 and all(_KEY.match(line) for line in window[:3])
