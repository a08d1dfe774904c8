"""Words by which people and programs show what an email is, in the languages that we receive.

Pure; only ever a hint.
"""

import re

# Read receipts, by the subject that Exchange and others give them and by their text.
NOT_READ = re.compile(
    r"(?i)\s*(?:not read|nicht gelesen|ungelesen|non lu|no le[ií]do|non letto|niet gelezen|nie przeczytano"
    r"|não lida|oläst|ej läst|ikke læst|ulæst|ikke lest|ulest|lukematta|ei luettu|nepřečteno|neprečítané|necitit"
    r"|olvasatlan|okunmadı|не прочитано|непрочитано|δεν διαβάστηκε|غير مقروء|לא נקרא)\s*:"
    r"|deleted without being read|ungelesen gel[öo]scht|ohne gelesen zu werden|supprimé sans (?:avoir été|être) lu"
    r"|eliminado sin (?:ser )?le[ií]d|eliminato senza (?:essere )?letto|verwijderd zonder|usunięt\w+ bez przeczytania"
)
READ = re.compile(
    r"(?i)\s*(?:read|gelesen|lu|le[ií]do|letto|gelezen|przeczytano|lida|läst|læst|lest|luettu|přečteno|prečítané"
    r"|citit"
    r"|elolvasva|okundu|прочитано|прочтено|διαβάστηκε|مقروء|נקרא|return receipt \(displayed\)|read receipt)\s*:"
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
    r"|urlop|(?:outside|out) (?:of )?(?:our )?(?:office|working|normal|opening) hours|at weekends|(?:do not"
    r"|don['’]t|only) work (?:on )?(?:mon|tues|wednes|thurs|fri|satur|sun)day|my working (?:days"
    r"|pattern)"
    r"|on my return|when i (?:am|['’]?m) (?:next )?(?:in|back)|\bi work (?:part|mon|tues|wednes|thurs|fri)"
    r"|de férias|in ferie|met (?:vakantie|verlof)|på (?:semester|ferie|permisjon|orlov)|föräldraledig|lomalla|poissa"
    r"|în concediu|отпуск|відпуст|إجازة|dovolen|szabadság|távol vagyok|σε άδεια|izinde|izinliyim|tatilde|godišnj"
    r"|בחופש"
)
# A machine confirms that an email arrived.
RECEIVED = re.compile(
    r"(?i)thank you for (?:your|contacting|e-?mailing|getting)|we have received your|has been received|(?:auto"
    r"|automatically )"
    r"(?:generated|acknowledg)|acknowledge(?:s|ment)?|automatic(?:ally generated)? (?:reply|response|message"
    r"|e-?mail)|auto-?reply"
    r"|(?:request|enquiry|inquiry|query|incident)[^.\n]{0,40} (?:created|opened|logged|raised|registered|assigned)"
    r"|ticket|case (?:number|id|ref)|eingangsbestätigung|automatische antwort|réponse automatique|accusé de réception"
    r"|respuesta automática|risposta automatica|automatisch antwoord|automatyczna odpowied"
)
# Phrases that only a machine uses: the confirmations of a help desk.
ACKNOWLEDGED = re.compile(
    r"(?i)(?:request|enquiry|inquiry|query|ticket|e-?mail|message|case)\b[^.\n]{0,40}\b(?:has been|was|is) (?:now )?"
    r"(?:received|created|opened|logged|raised|registered|assigned|queued)|ticket (?:number|id|no|ref|#)"
    r"|(?:above|below) this line|automatically generated|do not (?:reply|respond) to this|aim to (?:reply|respond)"
)
# Words of a person about a person: then the marks of a machine are ignored.
SAYS_SOMETHING = re.compile(
    r"(?i)\b(?:accept|agree|declin|refus|reject|appointment|booked|slot|regret|unfortunately|cannot|can't|can’t"
    r"|unable|turned"
    r"|no (?:room|space|capacity|place)|waiting list|waitlist|came in|attend|assess|please (?:ring|call|phone"
    r"|send him|send her"
    r"|send them|bring|tell)|zusage|termin|leider|rendez-vous|cita|appuntamento|afspraak|wizyt)\w*"
    r"|\d{1,2}[:.]\d{2}\b|\d ?[ap]m\b"
)
# Nobody will ever read an email to this address.
CLOSED = re.compile(
    r"(?i)no longer (?:in use|used|monitored|active|valid|exists?|work|with|employed|at|checked|accept|read"
    r"|receiv|in (?:post|service))"
    r"|(?:mailbox|inbox|e-?mail address|address|account|e-?mail) (?:has been |is |was )?(?:now )?(?:permanently )?"
    r"(?:closed(?! (?:until|till|over|for|on|from|between|today|this|at))|retired|decommissioned|discontinued"
    r"|disabled|deactivated)"
    r"|(?:nobody|no one|no-one) (?:reads|monitors|checks)|not (?:being )?(?:read|monitored|checked"
    r"|in use) (?:any ?more|any longer)"
    r"|unmonitored(?! (?:out|at|on|over|after))"
    r"|(?:is|are) not (?:monitored|checked)(?! (?:out|at|on|over|after|during|between|daily|every|all|24|continu"
    r"|regular))"
    r"|(?:does not|doesn't|doesn’t) (?:exist|accept)|ceased to"
    r"|(?:mailbox|inbox|address|account) (?:has |have |is )?(?:now )?moved"
    r"|has (?:now )?(?:moved|changed) to|have moved to|new (?:e-?mail )?address\b|(?:has"
    r"|have) (?:now )?(?:left (?:the|this|our|us)\b|retired from)"
    r"|(?:replaced|superseded) by|(?:now|instead) (?:go|goes|be sent|send|sent|write) to"
    r"|should (?:now )?be (?:sent|addressed|e-?mailed) to"
    r"|(?:use|write to|send (?:it |them |all |everything )?to|redirect \w+ to) (?:our |the )?new\b"
    r"|nicht mehr (?:genutzt|gelesen|aktiv|erreichbar|bei|tätig|verwendet|gültig|abgerufen|in betrieb)"
    r"|neue (?:e-?mail-?)?adresse"
    r"|n['’]est plus|ne travaille plus|nouvelle adresse|ya no (?:se|est|trabaj)|nueva dirección|non è più"
    r"|nuovo indirizzo"
    r"|niet meer (?:in gebruik|gelezen|werkzaam|actief)|nieuwe? (?:e-?mail)?adres|nie jest już|nowy adres"
    r"|a quitté (?:le|la|l['’]|notre|nos|ses)|artık (?:kullanıl|çalış|aktif)|yeni (?:e-?posta )?adres|não está mais"
    r"|novo endereço|används inte längre|ny (?:e-?post|mail)adress|bruges ikke længere|ikke lenger i bruk"
    r"|nu mai (?:este|lucrează|e )|adresă nouă|больше не (?:использ|работ|действ)|новый адрес|більше не"
)
# Phrases that open the subject of a returned email, or replace it, whatever program wrote it.
UNDELIVERED = re.compile(
    r"(?i)\s*(?:undeliver(?:able|ed)|(?:mail |message |email )?delivery (?:has )?(?:fail"
    r"|status notification \(failure|problem"
    r"|error|incomplete)|mail delivery failed|returned mail|failure notice|(?:message|mail) (?:not delivered"
    r"|undeliver"
    r"|returned|rejected)|unzustellbar|nicht zustellbar|non (?:remis|délivr|distribu)|échec de (?:la )?remise"
    r"|no se (?:puede|pudo) entregar|no entregado|imposible entregar|impossibile recapitare|mancato recapito"
    r"|non recapitabile|onbestelbaar|niet bezorgd|niedostarcz|nie można dostarczyć|teslim edileme|olevererbar"
    r"|kan inte leverera|kunne ikke levere|perillemeno|nedoručiteln|kézbesíthetetlen|недоставлен|не доставлен)"
)
FAILED = re.compile(
    r"(?i)undeliver|not (?:be |been )?(?:deliver|sent|accepted)|(?:could|can|was|were|did|does|has)(?: not"
    r"|n['’]t)(?: able| been"
    r"| be)?(?: to)? (?:deliver|find|exist|reach|receiv)|(?:unable|failed|impossible) to (?:deliver|send|reach)"
    r"|fail|reject"
    r"|refus|bounced|returned|no such|unknown (?:user|recipient|address)|not found|(?:mailbox"
    r"|quota) (?:is )?(?:full|exceed)"
    r"|(?<![\d.])5\d\d(?=[ \-#:])|zustellbar|nicht (?:zugestellt|gefunden)|fehler|non (?:remis|délivr|distribu)|échec"
    r"|n['’]existe pas|no (?:se )?(?:pudo|puede|entreg|existe)|impossibile|non (?:è stato|esiste)|niet (?:bezorgd"
    r"|gevonden)"
    r"|niedostarcz|nie (?:można|istnieje)|teslim edileme|bulunama|не (?:достав|найден|существ)"
)
# A mail system will keep trying.
DELAYED = re.compile(
    r"(?i)delay|not (?:yet )?been delivered|still (?:trying|being)|will (?:keep|continue|be) (?:trying|retr"
    r"|to try)|keep trying"
    r"|do not need to resend|no action is required|temporar|verzögert|wird weiter versucht|retardé|différé|retras"
    r"|ritardo"
)
# The mail system has stopped trying: such a delay is a failure.
GAVE_UP = re.compile(
    r"(?i)not (?:going to|be) (?:try|tried|retried) again|(?:giv(?:e|ing)|gave) (?:it )?up"
    r"|(?:retry|delivery) time(?:out)? (?:exceeded|expired)|(?:in the|in) queue too long|message expired"
    r"|permanent(?:ly)? (?:fail|error)|permanent fatal|will not be (?:retried|tried again)"
    r"|no further (?:attempts|delivery)"
)
SUBJECT_OF_A_MACHINE = re.compile(
    r"(?i)\s*(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response|antwort)|autoreply|out of (?:the )?office"
    r"|away from (?:my|the|our) (?:desk|office|mail|e-?mail|computer)|abwesen\w*|automatische antwort"
    r"|réponse automatique|absence(?= du bureau|\s*[:!]|\s*$)|respuesta automática|risposta automatica|fuera de"
    r"|automatisch antwoord|afwezig\w*|automatyczna odpowied\w*|odpowied\w+ automatyczn\w+|resposta automática"
    r"|autosvar|automati(?:sk|skt) svar|automaattinen vastaus|otomatik yan[ıi]t|răspuns automat|автоматическ\w+ ответ"
    r"|автоответ|автоматична відповідь|رد تلقائي|automatická odpov\w+|automatikus válasz|αυτόματη απάντηση"
    r"|automatski odgovor|תשובה אוטומטית|自动回复|自動回覆|自動応答|자동 회신)(?!\w)"
)
# A plain part that only refers the reader to the HTML part.
NO_HTML = re.compile(
    r"(?i)\bhtml\b|(?:e-?mail|mail) (?:program|client|reader|app|software|programm)|view (?:this|it) (?:message"
    r"|email|mail|online)|in your browser"
    r"|plain[- ]text|im browser|nur-text|dans votre navigateur|messagerie|cannot (?:show|display)|does not support"
)
