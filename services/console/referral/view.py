"""What the referral pages show, computed from the services' answers. Pure.

Texts for agencies use no pronoun for a person: their sentences speak of "the person".
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.console.web.words import many
from shared.practice.disclosure_parts import Data, covered, parts

Json = Mapping[str, Any]

OPEN = (
    "draft", "awaiting_consent", "sent", "undeliverable", "acknowledged", "waitlisted", "accepted", "booked",
    "attended", "in_treatment",
)  # fmt: skip
ENDED = frozenset({"completed", "declined", "withdrawn"})
UNSENT = frozenset({"draft", "awaiting_consent"})

PATHWAYS = {
    "tb": "TB",
    "sau": "Drugs and alcohol",
    "dosh": "Sexual health",
    "hiv": "HIV",
    "hepatitis_c": "Hepatitis C",
    "housing": "Housing",
    "gp": "GP",
    "hospital": "Hospital",
    "legal": "Legal advice",
}

_H, _S, _A = ("health",), ("substance_use",), ("accommodation",)
Need = tuple[str, str, Sequence[str]]
# What is asked for, by pathway: a code, the sentence that the agency reads, the kinds of data it mentions.
NEEDS: Mapping[str | None, Sequence[Need]] = {
    "tb": (
        ("assess", "Please assess the person for TB.", _H),
        ("support", "Please support the person through TB treatment.", _H),
    ),
    "sau": (
        ("assess", "Please assess the person for drug or alcohol treatment.", _S),
        ("script", "Please see the person about a prescription.", _S),
        ("harm", "Please help with needles, naloxone and safer use.", _S),
    ),
    "dosh": (("check", "Please offer a sexual health check.", _H),),
    "hiv": (("care", "Please see the person about HIV care.", _H),),
    "hepatitis_c": (("assess", "Please assess the person for hepatitis C treatment.", _H),),
    "housing": (
        ("home", "Please help the person find somewhere to live.", _A),
        ("tonight", "Please find the person somewhere to sleep tonight.", _A),
    ),
    "gp": (("register", "Please register the person and offer a first appointment.", _H),),
    "hospital": (("see", "Please see the person in your clinic.", _H),),
    "legal": (("advice", "Please give the person legal advice.", ("legal",)),),
    None: (("help", "Please see the person and say how you can help.", ("support_needs",)),),
}

KINDS = {
    "alias": "the name they go by",
    "safe_contact": "how they may be reached",
    "language": "languages spoken and read",
    "whereabouts": "where they can be found",
    "person_wants": "what they want",
    "accommodation": "where they live or sleep",
    "health": "health",
    "substance_use": "drugs and alcohol",
    "money": "money and benefits",
    "legal": "legal matters",
    "support_needs": "support they need",
    "appointments": "appointments",
}
# Kinds with fields of their own; free text about anything else needs one of the other kinds.
ON_FILE = frozenset({"alias", "safe_contact", "language", "person_wants"})
TELLS_US = {
    "attendance": "whether they came",
    "outcome": "what became of it",
    "results": "results",
}
# The heading of each part, on the page that the agency reads.
TOLD = {
    "safe_contact": "How the person may be reached",
    "first_name": "Name",
    "need": "What we ask for",
    "person_wants": "What the person wants",
    "language": "Language",
    "interpreter": "Interpreter",
    "access_needs": "Access needs",
    "entitlement": "Entitlement for this service",
    "risk": "Safety",
    "worker_first_name": "Who to talk to",
    "worker_phone": "Number",
}


def needs_of(pathway: str | None) -> Sequence[Need]:
    return NEEDS.get(pathway) or NEEDS[None]


# -- before a service that may charge or that passes details on (trust, "Immigration")

# Free for everybody, whoever they are: these services never ask, and nobody is to be deterred from them.
FREE = frozenset({"gp", "tb", "hiv", "hepatitis_c", "dosh"})
_CHARGES, _PASSES_ON = frozenset({"hospital"}), frozenset({"housing", "hospital"})


@dataclass(frozen=True)
class Warning:
    """What the person must be informed of before anything is disclosed to this service."""

    charges: bool
    passes_on: bool
    free: bool

    @property
    def needed(self) -> bool:
        return self.charges or self.passes_on


def warning(service: Json) -> Warning:
    """Return the warning by pathway and the directory's fees. The rule is *ours*, except what is free for all."""
    pathway = service["pathway"]
    free = pathway in FREE
    return Warning(
        charges=not free and (pathway in _CHARGES or bool(service["fees"])),
        passes_on=not free and pathway in _PASSES_ON,
        free=free,
    )


# -- how the person may be reached, in words that an agency reads

_CHANNELS = {
    "in_person": "in person",
    "phone": "by phone",
    "text": "by text",
    "email": "by email",
    "letter": "by letter",
}


def safe_contact(rules: Json) -> str:
    """Write the safe contact as an agency reads it, without the person's number where only we may reach them."""
    ways = [_CHANNELS[channel] for channel in rules["channels"]]
    if rules["by_whom"] == "us":
        return "Only through us: please ring or write to us, never to the person."
    lines = [f"You may reach the person {_either(ways)}."]
    if rules["when"]:
        lines.append(f"When: {rules['when']}.")
    if rules["details"]:
        lines.append(str(rules["details"]))
    if "phone" in rules["channels"]:
        lines.append(_VOICEMAIL[rules["voicemail"]].format(rules["voicemail_words"] or ""))
    return "\n".join(lines)


_VOICEMAIL = {
    "nothing": "Leave no voicemail.",
    "first_name_and_number": "A voicemail may give a first name and a number, nothing else.",
    "as_written": "A voicemail may say only: {}",
}


def _either(ways: Sequence[str]) -> str:
    return ways[0] if len(ways) == 1 else f"{', '.join(ways[:-1])} or {ways[-1]}"


# -- what the person agreed to


@dataclass(frozen=True)
class Agreed:
    """How far the newest valid consent for one agency covers what would be disclosed."""

    consent: Json | None
    missing: Sequence[str]  # parts of what would be disclosed
    kinds: Sequence[str]  # the kinds of data whose addition makes the consent complete

    @property
    def whole(self) -> bool:
        return self.consent is not None and not self.missing


def newest(consents: Iterable[Json], agency_id: str) -> Json | None:
    """Return the newest valid consent for this agency: the latest one counts, also where it allows less than before."""
    living = [one for one in consents if one["agency_id"] == agency_id and one["live"]]
    return max(living, key=lambda one: (datetime.fromisoformat(one["given_at"]), one["id"]), default=None)


def agreed(told: Json | None, about: Iterable[str], consents: Iterable[Json], agency_id: str) -> Agreed:
    """Return what of this the consent covers, as intake will decide when the referral is sent."""
    consent = newest(consents, agency_id)
    may_tell: Collection[str] = consent["may_tell"] if consent else ()
    missing = [part for part in parts(told or {}, about) if not covered([part], may_tell)]
    return Agreed(consent, missing, _kinds_for(missing, list(about)))


_FITTING = {"need": "support_needs", "risk": "support_needs", "access_needs": "support_needs", "entitlement": "money"}


def _kinds_for(missing: Sequence[str], about: Sequence[str]) -> list[str]:
    """Return a kind of data for each missing part; the kinds the writer named also cover the free text."""
    wanted: list[str] = [part.removeprefix("about.") for part in missing if part.startswith("about.")]
    for part in missing:
        if part.startswith("about.") or any(covered([part], [kind]) for kind in (*wanted, *about)):
            continue
        own = [kind for kind in Data if kind == part]
        wanted += own or [_FITTING.get(part) or next(str(kind) for kind in Data if covered([part], [kind]))]
    return list(dict.fromkeys(map(str, wanted)))


# -- our own figures


def usually(figures: Json) -> str | None:
    """Write how long an agency usually takes to answer us, counting those it has not answered; nothing without any.

    When fewer than half have an answer, the others are what is usual.
    """
    days, sent, unanswered = figures["median_days_to_answer"], figures["sent"], figures["unanswered"]
    if days is not None:
        said = "Usually replies within a day" if days < 1 else f"Usually replies in {many(max(1, round(days)), 'day')}"
        return f"{said}, {unanswered} of {sent} not answered yet" if unanswered else said
    if not unanswered:
        return None
    longest = many(max(1, round(figures["longest_unanswered_days"])), "day")
    return f"Has not replied to {unanswered} of {many(sent, 'referral')}, the longest for {longest}"


# -- what has changed since a version was read


def changes(history: Iterable[Json], seen: int) -> list[Json]:
    """Return what people, the agency or intake did after version `seen`; timed steps are not in the history."""
    return [line for line in history if line["version"] > seen]
