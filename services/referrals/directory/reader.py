"""Reading the fields of one HSDS object. Pure."""

import re
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar, cast

from services.referrals.directory import as_written, plain, schedules, shapes
from services.referrals.directory.as_written import Number as Phone
from services.referrals.directory.places_of_safety import rule_that_hides
from services.referrals.directory.rows import Directory, Refused, Told
from services.referrals.directory.rules import is_known_status, role_rank, status_as_said
from services.referrals.directory.shapes import Object

Value = TypeVar("Value")
_NOT_VOICE = frozenset({"text", "sms", "textphone", "minicom", "tty", "video", "whatsapp", "pager"})
_TEXT_ONLY = re.compile(r"\b(?:text only|textphone|minicom|tty|sms|typetalk|pager)\b", re.IGNORECASE)
_FAX = re.compile(r"\b(?:fax|facsimile)\b", re.IGNORECASE)
_RUNG_TOO = re.compile(r"\b(?:tele)?phone\b|\btel\b|\bvoice\b", re.IGNORECASE)
_LONGEST_LIST, _MOST_PHONES = 50, 10


class Reader:
    """Reads the fields of one object and records which of them the object gives.

    A field that is left out is not given. An empty field means that there is no value, except where the object is
    inside another. A field that cannot be read is not given either, and is named as left out.
    """

    def __init__(self, found: Directory, path: str, body: Object, brief: bool) -> None:
        self._found, self._path, self._body, self._brief = found, path, body, brief
        self._told: set[str] = {"name"}
        for key in shapes.unread(body):
            # Once per file: a publisher's objects all have it.
            found.unread.setdefault(key, path)

    def row(self, row: Told) -> Told:
        return replace(row, brief=self._brief, told=frozenset(self._told))

    def put(self, column: str, value: Value, *keys: str) -> Value:
        empty = not self._brief and any(key in self._body for key in keys) and not any(map(self._body.get, keys))
        if value or empty:
            self._told.add(column)
        return value

    def objects(self, name: str, owner: Object | None = None) -> list[Object]:
        """Return the objects under a name, of this object or of `owner`, and report what is no object."""
        given, lost = shapes.objects(self._body if owner is None else owner, name)
        if lost:
            self.leave_out(f"what stands under {name!r} and is no object", lost)
        return given

    def lines(self, name: str, part: str) -> tuple[str, ...]:
        """Return one line of each of the objects under a name."""
        said = (plain.line(each.get(part)) for each in self._some(name, self.objects(name)))
        return tuple(line for line in said if line)

    def hidden(self, names: list[str | None], places: list[str | None] | None = None) -> str | None:
        """Return the rule by which the object is never shown, or None.

        Judged are its names and all its other text.
        """
        named, running = shapes.words(self._body)
        return rule_that_hides([*names, *named], running, places or ())

    def _some(self, name: str, given: list[Object]) -> list[Object]:
        if len(given) > _LONGEST_LIST:
            self.leave_out(f"what stands under {name!r} behind the first {_LONGEST_LIST}", len(given) - _LONGEST_LIST)
        return given[:_LONGEST_LIST]

    def text(self, *keys: str, column: str = "", longest: int = 4000) -> str | None:
        said = next((text for key in keys if (text := plain.plain(self._body.get(key), longest))), None)
        for key in keys:
            if self._body.get(key) and not isinstance(self._body[key], str):
                self.leave_out(f"what stands under {key!r} and is no text", 1)
        return self.put(column or keys[0], said, *keys)

    def link(self, *keys: str) -> str | None:
        given = next((self._body[key] for key in keys if self._body.get(key)), None)
        link = plain.link(given)
        if given and link is None:
            self.leave_out("a web address that is none", given)
        return self.put(keys[0], link, *keys)

    def other_names(self) -> tuple[str, ...]:
        given = [self._body.get("alternate_name"), *_each(self._body, "alternate_names")]
        said = (plain.line(cast("Object", each).get("name") if isinstance(each, dict) else each) for each in given)
        return self.put("other_names", tuple(dict.fromkeys(name for name in said if name)), "alternate_name")

    def terms(self) -> list[tuple[str, str]]:
        return _terms(self._body)

    def kinds(self) -> list[str]:
        return [term for _, term in _terms(self._body)]

    def status(self) -> str:
        given = self._body.get("status")
        said = status_as_said(plain.line(given, 40) if isinstance(given, str) else given)
        if said is None and given not in (None, "", [], {}):
            self.leave_out("a status that cannot be read", given)
        elif said and not is_known_status(said):
            self.leave_out("a status that nobody knows; it is offered as open", said)
        return self.put("status", said or "", "status") or "active"

    def schedules(self, at: list[Object]) -> tuple[tuple[str, ...], date | None, date | None]:
        """Return its own hours, else those at its places, else those of the places, with first and last day."""
        given = [("", each) for each in self.objects("schedules")]
        for owners in (at, [cast("Object", each["location"]) for each in at if isinstance(each.get("location"), dict)]):
            given = given or [
                (_place(owner) if len(owners) > 1 else "", each)
                for owner in owners
                for each in self.objects("schedules", owner)
            ]
        own = [each for _, each in given]
        for what in (each for schedule in own for each in schedules.unread(schedule)):
            self._found.left_out.append(Refused(self._path, what))
        said = [(place, schedules.hours(each)) for place, each in given[:_LONGEST_LIST]]
        if any(words is None for _, words in said):
            self._found.left_out.append(Refused(self._path, "opening hours that say no day, time or words"))
        self._some("schedules", own)
        opens, closes = schedules.dates(own) if own else (None, None)
        lines = tuple(f"{place}: {words}" if place else words for place, words in said if words)
        if self.put("schedules", lines, "schedules") or "schedules" in self._told:
            self._told.update(("opens_on", "closes_on"))
        return lines, opens, closes

    def reach(self, *owners: Object) -> dict[str, Any]:
        """Return the address and the numbers of the nearest of these that has any."""
        emails = next(filter(None, (self._emails(each) for each in owners)), [])
        phones = next(filter(None, (self._phones(each) for each in owners)), [])
        self.put("phones", tuple(phones), "phones")
        return {
            "email": self.put("email", emails[0] if emails else None, "email"),
            "phone": self.put("phone", phones[0].number if phones else None, "phones"),
            "phones": tuple(phones),
        }

    def _emails(self, owner: Object) -> list[str]:
        """Return the addresses in order: of whoever takes referrals there, its own, of any contact."""
        found: list[str] = []
        for desk in self._desks(owner):
            given = as_written.emails(desk.get("email"))
            if desk.get("email") and not given:
                self.leave_out("an email address that is none", desk["email"])
            for more in given[1:]:
                self.leave_out("one more email address", more)
            found += given[:1]
        return found

    def _phones(self, owner: Object) -> list[Phone]:
        voice: list[Phone] = []
        other: list[Phone] = []
        for desk in self._desks(owner):
            for phone in self.objects("phones", desk):
                kind = (plain.line(phone.get("type"), 40) or "").casefold()
                about = plain.line(phone.get("description"), 80)
                given = as_written.phones(phone.get("number"))
                if not given:
                    self.leave_out("a phone number that cannot be dialled", phone.get("number"))
                for each in given:
                    said = ", ".join(filter(None, (each.note, about, kind if kind in _NOT_VOICE else None))) or None
                    if _FAX.search(f"{kind} {said}") and not _RUNG_TOO.search(f"{said}"):
                        self.leave_out("a fax number", each.number)
                        continue
                    extension = re.search(r"\d{1,6}", plain.line(str(phone.get("extension") or ""), 20) or "")
                    more = f" ext. {extension.group()}" if extension and "ext" not in each.number else ""
                    row = Phone(each.number + more, said)
                    (other if kind in _NOT_VOICE or _TEXT_ONLY.search(said or "") else voice).append(row)
        every = list(dict.fromkeys([*voice, *other]))
        for each in every[_MOST_PHONES:]:
            self.leave_out("one more phone number", each.number)
        return every[:_MOST_PHONES]

    def _desks(self, owner: Object) -> list[Object]:
        """Return the object and its contacts (where the UK profile has numbers), in the order of whom to contact.

        Whoever takes referrals comes first, the press office last.
        """
        contacts = self.objects("contacts", owner)
        said = ("title", "department", "name")
        ranks = [role_rank(" ".join(plain.line(each.get(name)) or "" for name in said)) for each in contacts]

        def ranked(wanted: int) -> list[Object]:
            return [each for rank, each in zip(ranks, contacts, strict=True) if rank == wanted]

        return [*ranked(-1), owner, *ranked(0), *ranked(1)]

    def leave_out(self, what: str, value: object) -> None:
        said = str(value) if isinstance(value, int) else plain.line(value, 60)
        self._found.left_out.append(Refused(self._path, f"{what}: {said or 'not text'}"))


def _place(at: Object) -> str:
    inside = at.get("location")
    return plain.line(cast("Object", inside).get("name") if isinstance(inside, dict) else at.get("name"), 80) or ""


def _terms(body: Object) -> list[tuple[str, str]]:
    terms: list[tuple[str, str]] = []
    for attribute in shapes.objects(body, "attributes")[0]:
        term = attribute.get("taxonomy_term")
        if isinstance(term, dict):
            said = cast("Object", term)
            detail = said.get("taxonomy_detail")
            taxonomy = said.get("taxonomy") or (cast("Object", detail).get("name") if isinstance(detail, dict) else "")
            name = plain.line(said.get("code")) if taxonomy == "alongside-pathway" else None
            name = name or plain.line(said.get("name") or said.get("term"))
            if name:
                terms.append((plain.line(taxonomy) or "", name))
    return terms


def _each(body: Object, name: str) -> list[object]:
    value = body.get(name)
    return cast("list[object]", value)[:50] if isinstance(value, list) else []
