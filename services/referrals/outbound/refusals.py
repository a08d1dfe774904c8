"""Whose fault a relay's refusal is: ours (the email waits, and leaves once it is mended) or the address's. Pure.

Only a refusal of this recipient is undeliverable. Every other refusal concerns us: our sender, our sign-in, our volume,
our content, or the relay itself. When unsure it is ours: a service must not be blamed for our fault, and a correct
address must not be "corrected".
"""

import re
from enum import StrEnum


class Stage(StrEnum):
    """The part of the conversation that was refused."""

    CONNECT = "connect"  # reaching the relay, its greeting, EHLO
    ENCRYPT = "encrypt"
    SIGN_IN = "sign_in"
    SENDER = "sender"  # MAIL FROM
    RECIPIENT = "recipient"  # RCPT TO
    CONTENT = "content"  # DATA, and the reply to the content


class Trouble(StrEnum):
    """Why our email has not left. Codes: pages and status put them into words."""

    NO_RELAY = "no_relay"  # neither a relay nor a folder is set
    FOLDER = "mail_folder"  # cannot be written: full, or not ours
    RELAY_AWAY = "relay_away"
    NOT_ENCRYPTED = "relay_not_encrypted"
    SIGN_IN = "relay_sign_in"
    SENDER = "relay_refuses_sender"
    POLICY = "relay_refuses_us"
    QUOTA = "relay_quota"
    LATER = "relay_says_later"
    SIZE = "relay_says_too_big"
    INTAKE_AWAY = "intake_away"
    # The relay accepted it, and a report states that the system of the service refuses us.
    THEIRS_POLICY = "their_system_refuses_us"
    THEIRS_LATER = "their_system_says_later"


class Fault(StrEnum):
    """Why a report states that the service was not reached, where it is no fault of ours."""

    ADDRESS = "address"  # nobody is there, or it takes no email
    FULL = "mailbox_full"  # the address is right
    UNREACHED = "not_reached"  # their system did not answer, or its domain leads nowhere
    UNKNOWN = "unknown"  # the report gives no reason


_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")

# RFC 3463 and its registry: the codes about the address or the mailbox itself.
_NO_SUCH_RECIPIENT = frozenset(
    {(1, 0), (1, 1), (1, 2), (1, 3), (1, 4), (1, 6), (1, 10), (2, 0), (2, 1), (2, 2), (2, 4), (4, 4)}
)
# Without such a code these are about the recipient at RCPT: unknown, not local, no possible name, or a domain that
# takes no email (RFC 7504).
_RECIPIENT_CODES = frozenset({550, 551, 553, 556})

_ABOUT_US = re.compile(
    r"relay|spam|block|black|deny|denied|polic|authenti|sign[ -]?in|log[ -]?in|sender|spf|dkim|dmarc|reputation"
    r"|rate|quota|too many|limit|ptr|reverse dns|helo|banned|listed|rbl|tls|encrypt|junk|permission|permitted|allowed"
    r"|not authori[sz]ed|(from|your) [^.;]{0,20}(ip|ips|isp|host|server|network)\b",
    re.IGNORECASE,
)
_ABOUT_RECIPIENT = re.compile(
    r"no such (user|recipient|mailbox|address|domain)|(user|recipient|mailbox|address|account|domain)[^.]{0,40}"
    r"(unknown|not found|not exist|n[o']t exist|disabled|inactive|unavailable|invalid|no longer|full|over ?quota)"
    r"|(unknown|invalid|bad) (user|recipient|mailbox|address)|null mx|no mailbox|exceeded storage allocation"
    r"|existiert nicht|(adresse|empfänger|postfach)[^.;]{0,60}(nicht (gefunden|bekannt|vorhanden)|unbekannt|ungültig)"
    r"|n['’]existe pas|(adresse|destinataire)[^.;]{0,40}(inconnu|introuvable|invalide)|no existe"
    r"|destinatario desconocido"
    r"|non esiste|bestaat niet|nie istnieje|bulunamad",
    re.IGNORECASE,
)
# Some servers verify our own address with our server, and quote its reply in theirs.
_ABOUT_SENDER = re.compile(
    r"sender[^.;]{0,40}(verif|reject|refus|den(y|ied)|unknown|not (exist|owned|allowed|accepted))"
    r"|verification failed for"
    r"|send[ -]?as[ -]?denied|to send as",
    re.IGNORECASE,
)
# The words of Exchange Online about an address that its directory does not have.
_NOT_IN_DIRECTORY = re.compile(r"recipient address rejected: access denied", re.IGNORECASE)

# The patterns below are for reports alone, which come as whole sentences.
_FULL = re.compile(
    r"(mailbox|inbox|account|recipient|user)[^.;]{0,40}\b(full|over ?quota|quota|exceed|storage|too large)"
    r"|(mailbox|storage|disk)[ -](size )?(quota|limit|space)|quota exceeded|over ?quota|(out of|insufficient) storage"
    r"|exceeded storage allocation|postfach[^.;]{0,30}voll|(boîte|messagerie)[^.;]{0,30}(pleine|saturée)"
    r"|buzón[^.;]{0,20}lleno"
    r"|casella[^.;]{0,20}piena|skrzynka[^.;]{0,30}(pełna|przepełniona)",
    re.IGNORECASE,
)
_OUR_VOLUME = re.compile(
    r"\b(sending|outgoing|outbound|hourly|daily|rate|message|connection)[ -](quota|limit|rate)|rate[ -]?limit|throttl"
    r"|\byou(r \w+)? (have |has |are |is )?(been )?(sent|sending|exceed\w*)[^.;]{0,40}\b(quota|limit|rate"
    r"|too (much|many))|too (much mail|many (messages|connections|recipients|e?mails))",
    re.IGNORECASE,
)
_REFUSES_US = re.compile(
    r"\bspam|junk|block(ed|[ -]?list| ?using)|black[ -]?list|\b(d?rbl|dnsbl|spf|dkim|dmarc|tls|ptr|rdns|helo)\b"
    r"|(access|relay\w*|permission|policy)[^.;]{0,20}(denied|not (allowed|permitted)|rejected|violat)|denied by"
    r"|polic(y|ies)|reputation|banned|unauthenticated|authenticat|not (authori[sz]ed|permitted|allowed) to send"
    r"|sender[^.;]{0,30}(rejected|refused|verify|denied|not (accepted|allowed))|reverse dns|encrypt",
    re.IGNORECASE,
)
_ENCRYPT = re.compile(
    r"\b(start)?tls\b[^.;]{0,20}(first|required|needed|must)|must[^.;]{0,20}\bstarttls", re.IGNORECASE
)
_LATER = re.compile(r"gr[ea]y[- ]?list|try (again )?later|deferred|temporar", re.IGNORECASE)
_NO_ANSWER = re.compile(
    r"(connection|connect|host|server|domain)[^.;]{0,40}(timed? ?out|refused|not found|no answer|unreachable|did not"
    r"|could not|reset|lost)|no route|name (service|server)|dns (error|lookup)|nxdomain|unable to (connect|route)"
    r"|(expired|too long|retry time)",
    re.IGNORECASE,
)
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[ \-#:])(?![.\d])")
_VAGUE = frozenset({(0, 0), (5, 0), (3, 0), (4, 7)})


def enhanced_code(text: str) -> tuple[int, int, int] | None:
    """Return the enhanced status code of a reply (RFC 2034), wherever the code is in it."""
    found = _ENHANCED.search(text)
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))


def trouble(stage: Stage, code: int, text: str = "") -> Trouble | None:
    """Return what a reply states about us; None when it refuses this recipient for good."""
    enhanced = enhanced_code(text)
    if (
        stage in (Stage.RECIPIENT, Stage.CONTENT)
        and _for_good(code, enhanced)
        and _recipient(stage, code, enhanced, text)
    ):
        return None
    return _ours(stage, code, enhanced, text)


def _for_good(code: int, enhanced: tuple[int, int, int] | None) -> bool:
    return 500 <= code < 600 and (enhanced is None or enhanced[0] == 5)


def _recipient(stage: Stage, code: int, enhanced: tuple[int, int, int] | None, text: str) -> bool:
    if _ABOUT_SENDER.search(text):
        return False
    if enhanced is not None:
        if enhanced[1:] in _NO_SUCH_RECIPIENT:
            return True
        # Some relays write "undefined" or "access denied" and mean a mailbox that does not exist.
        if enhanced[1:] == (4, 1) and _NOT_IN_DIRECTORY.search(text):
            return True
        vague = enhanced[1:] in {(0, 0), (5, 0), (4, 1), (3, 0)}
        return vague and _ABOUT_RECIPIENT.search(text) is not None
    if _ABOUT_RECIPIENT.search(text) is not None:
        return True
    return stage is Stage.RECIPIENT and code in _RECIPIENT_CODES and _ABOUT_US.search(text) is None


def _ours(stage: Stage, code: int, enhanced: tuple[int, int, int] | None, text: str) -> Trouble:
    detail = enhanced[1:] if enhanced is not None else None
    if stage is Stage.ENCRYPT or code in (523, 538) or detail in {(7, 10), (7, 11)} or _ENCRYPT.search(text):
        return Trouble.NOT_ENCRYPTED
    if stage is Stage.SIGN_IN or code in (530, 534, 535) or detail in {(7, 8), (7, 9)}:
        return Trouble.SIGN_IN
    if code == 552 and (detail in {(3, 4), (2, 3)} or detail is None and "size" in text.lower()) or detail == (3, 4):
        return Trouble.SIZE
    if code == 452 or code == 552 and (detail or (0,))[0] != 7 or detail in {(2, 2), (3, 1), (5, 3), (4, 5)}:
        return Trouble.QUOTA
    if 400 <= code < 500:
        return Trouble.LATER
    if _OUR_VOLUME.search(text):
        return Trouble.QUOTA
    if stage is Stage.SENDER or detail in {(1, 7), (1, 8)} or _ABOUT_SENDER.search(text):
        return Trouble.SENDER
    if stage is Stage.CONNECT and not 500 <= code < 600:
        return Trouble.RELAY_AWAY
    return Trouble.POLICY


def reported(status: str, said: str) -> Trouble | Fault:
    """Return the cause of a failed delivery, from the report's status field and the reply of the other side.

    A refusal of us is a `Trouble`: the email waits as if the relay had refused it. The reply of the other side counts
    before the status that a relay made of it; words count where the codes are vague.
    """
    code, enhanced = _codes(status, said)
    if enhanced is None or enhanced[1:] in _VAGUE:
        return _by_words(code, said)
    return _by_code(enhanced, said)


def _codes(status: str, said: str) -> tuple[int, tuple[int, int, int] | None]:
    """Return the reply code and the most exact enhanced code."""
    replied = _REPLY.search(said)
    inner, outer = enhanced_code(said), enhanced_code(status)
    exact = next((each for each in (inner, outer) if each is not None and each[1:] not in _VAGUE), inner or outer)
    return int(replied[1]) if replied else 0, exact


def _by_code(enhanced: tuple[int, int, int], said: str) -> Trouble | Fault:
    """Classify by an enhanced code, whether delivery failed immediately or was given up after days."""
    detail = enhanced[1:]
    if detail == (2, 2):
        ours = _OUR_VOLUME.search(said) and not _ABOUT_RECIPIENT.search(said) and not _FULL.search(said)
        return Trouble.QUOTA if ours else Fault.FULL
    if detail in ((2, 3), (3, 4)):
        return Trouble.SIZE
    if detail in ((1, 7), (1, 8)):
        return Trouble.SENDER
    if detail[0] in (1, 2):
        return Fault.ADDRESS
    if detail[0] in (3, 4):
        # Their system fails or does not answer. Some use these codes for a mailbox that does not exist, or to refuse
        # us.
        words = Fault.ADDRESS if _NOT_IN_DIRECTORY.search(said) else _by_words(0, said)
        return words if isinstance(words, Trouble) or words is Fault.ADDRESS else Fault.UNREACHED
    if detail in ((7, 10), (7, 11)):
        return Trouble.NOT_ENCRYPTED
    if detail == (5, 3) or _OUR_VOLUME.search(said):
        return Trouble.QUOTA
    return Trouble.THEIRS_LATER if enhanced[0] == 4 or _LATER.search(said) else Trouble.THEIRS_POLICY


def _by_words(code: int, said: str) -> Trouble | Fault:
    if re.search(r"sender verify|verification failed for", said, re.IGNORECASE):
        return Trouble.SENDER
    if _OUR_VOLUME.search(said):
        return Trouble.QUOTA
    if _FULL.search(said):
        return Fault.FULL
    if _ABOUT_RECIPIENT.search(said):
        return Fault.ADDRESS
    if re.search(r"message[^.;]{0,30}(size|too (big|large))|size limit", said, re.IGNORECASE):
        return Trouble.SIZE
    if _REFUSES_US.search(said):
        return Trouble.THEIRS_POLICY
    if _NO_ANSWER.search(said):
        return Trouble.THEIRS_LATER if re.search(r"gr[ea]y[- ]?list", said, re.IGNORECASE) else Fault.UNREACHED
    if 400 <= code < 500 or _LATER.search(said):
        return Trouble.THEIRS_LATER
    if code in _RECIPIENT_CODES:
        return Fault.ADDRESS
    return Trouble.THEIRS_POLICY if code else Fault.UNKNOWN
