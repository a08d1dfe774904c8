"""Words by which people and programs say what an email is, in the languages that come. Pure; only ever a hint."""

import re

# Read receipts, by the subject that Exchange and others give them and by what they say.
NOT_READ = re.compile(
    r"(?i)\s*(?:not read|nicht gelesen|ungelesen|non lu|no le[ií]do|non letto|niet gelezen|nie przeczytano"
    r"|não lida)\s*:"
    r"|deleted without being read|ungelesen gel[öo]scht|ohne gelesen zu werden|supprimé sans (?:avoir été|être) lu"
    r"|eliminado sin (?:ser )?le[ií]d|eliminato senza (?:essere )?letto|verwijderd zonder|usunięt\w+ bez przeczytania"
)
READ = re.compile(
    r"(?i)\s*(?:read|gelesen|lu|le[ií]do|letto|gelezen|przeczytano|lida|return receipt \(displayed\)"
    r"|read receipt)\s*:"
    r"|was (?:read|displayed|opened) on|wurde (?:am|gelesen)|a été lu|fue le[ií]do|è stato letto|werd gelezen"
)
# Somebody is away and will read it; nothing is wrong with the address.
ABSENCE = re.compile(
    r"(?i)out of (?:the )?office|away from (?:my|the|our) (?:desk|office|e-?mail)|on (?:annual |sick |maternity "
    r"|parental )?leave"
    r"|annual leave|on holiday|on vacation|\b(?:i|we)(?: am| are|'m|’m|'re|’re) (?:currently )?(?:away|off|out"
    r"|not in)\b"
    r"|will be (?:back|away|out)\b|back (?:in the office )?on\b|return(?:ing)? (?:to (?:the|work)|on)\b"
    r"|limited access to (?:my )?e?-?mail|closed (?:until|till|over|for the|from|between|today)|(?:will"
    r"|shall) read it\b"
    r"|office (?:is|will be) closed|in my absence|abwesen|nicht im (?:büro|haus)|im urlaub|erst wieder|bin wieder"
    r"|absen(?:t|ce)"
    r"|en congé|de retour|fuera de la oficina|ausente|vacaciones|fuori (?:sede|ufficio)|assente|afwezig|nieobecn"
    r"|urlop"
)
# A machine says that something came.
RECEIVED = re.compile(
    r"(?i)thank you for (?:your|contacting|e-?mailing|getting)|we have received your|has been received|(?:auto"
    r"|automatically )"
    r"(?:generated|acknowledg)|acknowledge(?:s|ment)?|automatic(?:ally generated)? (?:reply|response|message"
    r"|e-?mail)|auto-?reply"
    r"|ticket|case (?:number|id|ref)|eingangsbestätigung|automatische antwort|réponse automatique|accusé de réception"
    r"|respuesta automática|risposta automatica|automatisch antwoord|automatyczna odpowied"
)
# Words of a person about a person: then a machine's marks are not believed.
SAYS_SOMETHING = re.compile(
    r"(?i)\b(?:accept|agree|declin|refus|reject|appointment|booked|slot|regret|unfortunately|cannot|can't|can’t"
    r"|unable|turned"
    r"|no (?:room|space|capacity|place)|waiting list|waitlist|came in|attend|assess|please (?:ring|call|phone"
    r"|send him|send her"
    r"|send them|bring|tell)|zusage|termin|leider|rendez-vous|cita|appuntamento|afspraak|wizyt)\w*"
    r"|\d{1,2}[:.]\d{2}\b|\d ?[ap]m\b"
)
# Nobody will ever read it there.
CLOSED = re.compile(
    r"(?i)no longer (?:in use|used|monitored|active|valid|exists?|work|with|employed|at|checked|accept|read"
    r"|receiv|in (?:post|service))"
    r"|(?:mailbox|inbox|e-?mail address|address|account|e-?mail) (?:has been |is |was )?(?:now )?(?:permanently )?"
    r"(?:closed(?! (?:until|till|over|for|on|from|between|today|this|at))|retired|decommissioned|discontinued"
    r"|disabled|deactivated)"
    r"|(?:nobody|no one|no-one) (?:reads|monitors|checks)|not (?:being )?(?:read|monitored|checked"
    r"|in use) (?:any ?more|any longer)"
    r"|unmonitored|(?:is|are) not (?:monitored|checked)|(?:does not|doesn't|doesn’t) (?:exist|accept)|ceased to"
    r"|has (?:now )?(?:moved|changed) to|have moved to|new (?:e-?mail )?address\b|(?:has"
    r"|have) (?:now )?left (?:the|this|our|us)\b"
    r"|(?:replaced|superseded) by|(?:now|instead) (?:go|goes|be sent|send|sent|write) to"
    r"|should (?:now )?be (?:sent|addressed|e-?mailed) to"
    r"|(?:use|write to|send (?:it |them |all |everything )?to|redirect \w+ to) (?:our |the )?new\b"
    r"|nicht mehr (?:genutzt|gelesen|aktiv|erreichbar|bei|tätig|verwendet|gültig|abgerufen|in betrieb)"
    r"|neue (?:e-?mail-?)?adresse"
    r"|n['’]est plus|ne travaille plus|nouvelle adresse|ya no (?:se|est|trabaj)|nueva dirección|non è più"
    r"|nuovo indirizzo"
    r"|niet meer (?:in gebruik|gelezen|werkzaam|actief)|nieuwe? (?:e-?mail)?adres|nie jest już|nowy adres"
)
# A mail system goes on trying.
DELAYED = re.compile(
    r"(?i)delay|not (?:yet )?been delivered|still (?:trying|being)|will (?:keep|continue|be) (?:trying|retr"
    r"|to try)|keep trying"
    r"|do not need to resend|no action is required|temporar|verzögert|wird weiter versucht|retardé|différé|retras"
    r"|ritardo"
)
# It has stopped trying: late is never.
GAVE_UP = re.compile(
    r"(?i)not (?:going to|be) (?:try|tried|retried) again|(?:giv(?:e|ing)|gave) (?:it )?up"
    r"|(?:retry|delivery) time(?:out)? (?:exceeded|expired)|(?:in the|in) queue too long|message expired"
    r"|permanent(?:ly)? (?:fail|error)|permanent fatal|will not be (?:retried|tried again)"
    r"|no further (?:attempts|delivery)"
)
SUBJECT_OF_A_MACHINE = re.compile(
    r"(?i)\s*(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response|antwort)|autoreply|out of (?:the )?office"
    r"|away from"
    r"|abwesen\w*|automatische antwort|réponse automatique|absence|respuesta automática|risposta automatica|fuera de"
    r"|automatisch antwoord|afwezig\w*|automatyczna odpowied\w*|resposta automática|autosvar|automaattinen vastaus)\b"
)
# A plain part that only says that the other one should be read.
NO_HTML = re.compile(
    r"(?i)\bhtml\b|(?:e-?mail|mail) (?:program|client|reader|app|software|programm)|view (?:this|it) (?:message"
    r"|email|mail|online)|in your browser"
    r"|plain[- ]text|im browser|nur-text|dans votre navigateur|messagerie|cannot (?:show|display)|does not support"
)
