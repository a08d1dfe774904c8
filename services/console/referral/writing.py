"""What will be disclosed to the agency, from a form and the person's file: the minimum, and opened free text."""

from collections.abc import Mapping
from typing import Any

from services.console.referral import view
from services.console.referral.calls import Compose
from services.console.web.form import BadField, Form

Json = Mapping[str, Any]
FREE_TEXT = ("need", "access_needs", "risk")


def told_by(form: Form, given: Compose) -> dict[str, Any]:
    """Return the body of a draft: `told`, and the kinds of data it mentions. Raises BadField."""
    sentence, kinds = _need(form, given.service["pathway"])
    words = form.optional("told.need")
    if not sentence and not words:
        raise BadField("need", "choose what you ask for, or write it in your own words below")
    about = list(dict.fromkeys([*kinds, *(kind for kind in form.all("about") if kind in view.KINDS)]))
    if any(form.optional(f"told.{name}") for name in FREE_TEXT) and not form.all("about"):
        raise BadField("about", "tick what your own words speak of, so that only what there is consent for is sent")
    told = {
        "safe_contact": view.safe_contact(given.person["safe_contact"]),
        **_included(form, given),
        "need": "\n".join(part for part in (sentence, words) if part),
        "person_wants": form.optional("told.person_wants"),
        "access_needs": form.optional("told.access_needs"),
        "risk": form.optional("told.risk"),
        "entitlement": None if given.warning.free else form.optional("told.entitlement"),
        "worker_first_name": given.me[0],
        "worker_phone": given.me[1] or None,
    }
    return {"told": {name: value for name, value in told.items() if value}, "about": about}


def _need(form: Form, pathway: str | None) -> tuple[str, list[str]]:
    chosen = form.text("need")
    for code, sentence, kinds in view.needs_of(pathway):
        if code == chosen:
            return sentence, list(kinds)
    return "", []


def _included(form: Form, given: Compose) -> dict[str, str]:
    """Return what the file holds and the worker ticked."""
    known = known_of(given.person)
    return {name: known[name] for name in form.all("include") if name in known}


def known_of(person: Json) -> dict[str, str]:
    """Return what the file could add beyond the safe contact; nothing is disclosed unless somebody ticks it."""
    known: dict[str, str] = {"first_name": person["alias"]}
    language = person["language"]
    if language and language["speaks"]:
        known["language"] = f"Speaks {', '.join(language['speaks'])}"
    if language and language["interpreter_needed"]:
        known["interpreter"] = "An interpreter is needed; never the partner or family."
    return known


def as_form(told: Json | None, about: list[str] | None, pathway: str | None) -> dict[str, Any]:
    """Return a draft as the values of its form."""
    told = told or {}
    need = str(told.get("need", ""))
    code, rest, kinds = "", need, list[str]()
    for one, sentence, of in view.needs_of(pathway):
        if need == sentence or need.startswith(f"{sentence}\n"):
            code, rest, kinds = one, need[len(sentence) :].strip(), list(of)
    free = rest or told.get("access_needs") or told.get("risk")
    return {
        "need": code,
        "words": rest,
        "include": [name for name in ("first_name", "language", "interpreter") if name in told],
        "about": list(about or []) if free else [kind for kind in about or [] if kind not in kinds],
        "told": {name: told.get(name) for name in view.TOLD},
    }
