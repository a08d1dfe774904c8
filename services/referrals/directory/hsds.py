"""Reads HSDS and HSDS-UK 3.0 JSON: whatever shape a publisher wraps it in, into flat rows of ours.

Pure: no database. An object that cannot be used is refused with its place in the file and the reason; a file that is
not HSDS at all raises NotHsds, and then nothing of it is taken.

What an object leaves out says nothing: publishers answer with full entries and with lists that hold little but names.
What stands inside another object (the organization of a service, the services of an organization, a place) is `brief`:
there, that a field is empty says nothing either.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar, cast

from services.referrals.directory import as_written, plain
from services.referrals.directory.as_written import Number as Phone
from services.referrals.directory.never_show import never_show_rule
from services.referrals.directory.rules import pathway_of, role_rank

Object = dict[str, Any]
Value = TypeVar("Value")
_NOT_VOICE = frozenset({"text", "sms", "textphone", "minicom", "tty", "video", "whatsapp", "pager"})


class NotHsds(ValueError):
    """The file is not HSDS 3.0 JSON; the message says why in one line."""


@dataclass(frozen=True)
class Refused:
    """One object that was not taken: where in the file, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class AgencyRow:
    """`told`: the fields that this file says something about, be it that there is nothing. The same in every row."""

    external_id: str
    name: str
    description: str | None = None
    website: str | None = None
    email: str | None = None
    phone: str | None = None
    phones: tuple[Phone, ...] = ()
    other_names: tuple[str, ...] = ()
    never_show_rule: str | None = None
    brief: bool = False
    told: frozenset[str] = frozenset()


@dataclass(frozen=True)
class LocationRow:
    external_id: str
    name: str | None = None
    description: str | None = None
    address: tuple[str, ...] = ()
    accessibility: tuple[str, ...] = ()
    email: str | None = None
    phone: str | None = None
    phones: tuple[Phone, ...] = ()
    other_names: tuple[str, ...] = ()
    never_show_rule: str | None = None
    brief: bool = False
    told: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ServiceRow:
    external_id: str
    agency_external_id: str
    name: str
    description: str | None = None
    url: str | None = None
    email: str | None = None
    phone: str | None = None
    phones: tuple[Phone, ...] = ()
    other_names: tuple[str, ...] = ()
    status: str = "active"
    pathway: str | None = None
    eligibility: str | None = None
    fees: str | None = None
    languages: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    opens_on: date | None = None
    closes_on: date | None = None
    taxonomy_terms: tuple[str, ...] = ()
    location_external_ids: tuple[str, ...] = ()
    never_show_rule: str | None = None
    brief: bool = False
    told: frozenset[str] = frozenset()


Row = AgencyRow | LocationRow | ServiceRow
Told = TypeVar("Told", AgencyRow, LocationRow, ServiceRow)


@dataclass
class Directory:
    """What one file says, by external id; `refused` what could not be taken, `left_out` what of the rest was not."""

    agencies: dict[str, AgencyRow] = field(default_factory=dict[str, AgencyRow])
    services: dict[str, ServiceRow] = field(default_factory=dict[str, ServiceRow])
    locations: dict[str, LocationRow] = field(default_factory=dict[str, LocationRow])
    refused: list[Refused] = field(default_factory=list[Refused])
    left_out: list[Refused] = field(default_factory=list[Refused])

    @property
    def size(self) -> int:
        return len(self.agencies) + len(self.services) + len(self.locations)


def read(body: bytes) -> Directory:
    """All agencies, services and locations of a file. Raises NotHsds."""
    try:
        document: object = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise NotHsds("the file is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise NotHsds(f"the file is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except ValueError:
        raise NotHsds("the file holds a number of more digits than can be read") from None
    except RecursionError:
        raise NotHsds("the file is nested too deeply to be HSDS") from None
    found = Directory()
    objects = list(_unwrap(document))
    if not any(_kind(item) for _, item in objects):
        raise NotHsds("the file holds no HSDS organization, service, location or service_at_location")
    for path, item in objects:
        _take(found, path, item)
    return found


def _unwrap(document: object, path: str = "$") -> Iterator[tuple[str, object]]:
    """One object, a bare list, or the pages of an HSDS API ({contents: [...]})."""
    if isinstance(document, list):
        for number, item in enumerate(cast("list[object]", document)):
            yield from _unwrap(item, f"{path}[{number}]")
    elif isinstance(document, dict) and "contents" in document:
        yield from _unwrap(cast("Object", document)["contents"], f"{path}.contents")
    else:
        yield path, document


def _kind(item: object) -> str | None:
    if not isinstance(item, dict):
        return None
    keys = set(cast("Object", item))
    if "service" in keys and "location" in keys:
        return "service_at_location"
    if "location_type" in keys or "latitude" in keys:
        return "location"
    if keys & {"organization", "organization_id", "service_at_locations", "service_areas", "status"}:
        return "service"
    if (
        keys & {"organization_identifiers", "website", "services", "legal_status", "uri", "tax_status"}
        and "name" in keys
    ):
        return "taxonomy" if "taxonomy_terms" in keys or "version" in keys else "organization"
    return None


def _take(found: Directory, path: str, item: object) -> None:
    kind = _kind(item)
    body = cast("Object", item)
    if kind == "organization":
        _organization(found, path, body)
    elif kind == "service":
        _service(found, path, body)
    elif kind == "location":
        _location(found, path, body)
    elif kind == "service_at_location":
        _service_at_location(found, path, body)
    else:
        found.refused.append(Refused(path, "not an HSDS organization, service, location or service_at_location"))


def _organization(found: Directory, path: str, body: Object, *, brief: bool = False) -> str | None:
    external, name = _id(body), plain.line(body.get("name"))
    if external is None or name is None:
        found.refused.append(Refused(path, "an organization needs an id and a name"))
        return None
    reader = _Reader(found, path, body, brief)
    other_names, description = reader.other_names(), reader.text("description")
    row = reader.row(
        AgencyRow(
            external,
            name,
            description,
            reader.link("website", "url"),
            *reader.reach(body),
            other_names=other_names,
            never_show_rule=never_show_rule([name, *other_names, *reader.kinds()], [description]),
        )
    )
    found.agencies[external] = _together(row, found.agencies.get(external))
    for number, service in enumerate(_objects(body, "services")):
        _service(found, f"{path}.services[{number}]", service, external, brief=True)
    return external


def _service(
    found: Directory, path: str, body: Object, agency: str | None = None, *, brief: bool = False
) -> str | None:
    external, name = _id(body), plain.line(body.get("name"))
    if external is None or name is None:
        found.refused.append(Refused(path, "a service needs an id and a name"))
        return None
    inside = body.get("organization")
    if isinstance(inside, dict):
        agency = _organization(found, f"{path}.organization", cast("Object", inside), brief=True) or agency
    agency = agency or _text_id(body.get("organization_id"))
    if agency is None:
        found.refused.append(Refused(path, "a service needs its organization"))
        return None
    at = _objects(body, "service_at_locations")
    places = [
        _location(
            found, f"{path}.service_at_locations[{number}].location", cast("Object", place["location"]), brief=True
        )
        for number, place in enumerate(at)
        if isinstance(place.get("location"), dict)
    ]
    reader = _Reader(found, path, body, brief)
    other_names, terms = reader.other_names(), reader.terms()
    description, eligibility = reader.text("description"), reader.text("eligibility_description", column="eligibility")
    schedules, opens_on, closes_on = reader.schedules()
    email, phone, phones = reader.reach(body, *at)
    row = reader.row(
        ServiceRow(
            external,
            agency,
            name,
            description,
            reader.link("url"),
            email,
            phone,
            phones,
            other_names,
            reader.status(),
            reader.put("pathway", pathway_of(terms), "attributes"),
            eligibility,
            reader.text("fees_description", "fees", column="fees", longest=1000),
            reader.put("languages", _lines(_objects(body, "languages"), "name"), "languages"),
            schedules,
            opens_on,
            closes_on,
            reader.put("taxonomy_terms", tuple(term for _, term in terms), "attributes"),
            tuple(place for place in places if place),
            never_show_rule([name, *other_names, *(term for _, term in terms)], [description, eligibility]),
        )
    )
    known = found.services.get(external)
    if known is not None and known.agency_external_id != agency:
        found.refused.append(Refused(path, "the same service id stands under another organization"))
        return None
    # It may be told once for each of its places: it is given at all of them.
    everywhere = [*(known.location_external_ids if known else ()), *row.location_external_ids]
    found.services[external] = replace(_together(row, known), location_external_ids=tuple(dict.fromkeys(everywhere)))
    return external


def _location(found: Directory, path: str, body: Object, *, brief: bool = False) -> str | None:
    external = _id(body)
    if external is None:
        found.refused.append(Refused(path, "a location needs an id"))
        return None
    reader = _Reader(found, path, body, brief)
    name, other_names, description = plain.line(body.get("name")), reader.other_names(), reader.text("description")
    parts = ("address_1", "address_2", "city", "region", "state_province", "postal_code")
    # Somebody's house name may stand in any of them; the first alone is kept.
    written = [[plain.line(each.get(part)) for part in parts] for each in _objects(body, "addresses")]
    address = tuple(part for part in written[0] if part) if written else ()
    everywhere = [part for each in written for part in each]
    row = reader.row(
        LocationRow(
            external,
            reader.put("name", name, "name"),
            description,
            reader.put("address", address, "addresses"),
            reader.put("accessibility", _lines(_objects(body, "accessibility"), "description"), "accessibility"),
            *reader.reach(body),
            other_names=other_names,
            never_show_rule=never_show_rule([name, *other_names, *reader.kinds()], [description], everywhere),
        )
    )
    found.locations[external] = _together(row, found.locations.get(external))
    return external


class _Reader:
    """Reads the fields of one object and notes which of them it says anything about.

    A field that is left out says nothing. An empty one says that there is nothing, except where the object stands
    inside another. What cannot be read says nothing either, and is named as left out.
    """

    def __init__(self, found: Directory, path: str, body: Object, brief: bool) -> None:
        self._found, self._path, self._body, self._brief = found, path, body, brief
        self._told: set[str] = {"name"}

    def row(self, row: Told) -> Told:
        return replace(row, brief=self._brief, told=frozenset(self._told))

    def put(self, column: str, value: Value, *keys: str) -> Value:
        empty = not self._brief and any(key in self._body for key in keys) and not any(map(self._body.get, keys))
        if value or empty:
            self._told.add(column)
        return value

    def text(self, *keys: str, column: str = "", longest: int = 4000) -> str | None:
        said = next((text for key in keys if (text := plain.plain(self._body.get(key), longest))), None)
        return self.put(column or keys[0], said, *keys)

    def link(self, *keys: str) -> str | None:
        given = next((self._body[key] for key in keys if self._body.get(key)), None)
        link = plain.link(given)
        if given and link is None:
            self._leave_out("a web address that is none", given)
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
        return self.put("status", plain.line(self._body.get("status"), 40) or "", "status") or "active"

    def schedules(self) -> tuple[tuple[str, ...], date | None, date | None]:
        given = _objects(self._body, "schedules")[:50]
        said = tuple(words for words in map(as_written.hours, given) if words)
        if len(said) < len(given):
            self._found.left_out.append(Refused(self._path, "opening hours that say no day, time or words"))
        opens, closes = as_written.dates(given) if given else (None, None)
        if self.put("schedules", said, "schedules") or "schedules" in self._told:
            self._told.update(("opens_on", "closes_on"))
        return said, opens, closes

    def reach(self, *owners: Object) -> tuple[str | None, str | None, tuple[Phone, ...]]:
        """The address and the numbers of the nearest of these that has any."""
        emails = next(filter(None, (self._emails(each) for each in owners)), [])
        phones = next(filter(None, (self._phones(each) for each in owners)), [])
        self.put("phones", tuple(phones), "phones")
        return (
            self.put("email", emails[0] if emails else None, "email"),
            self.put("phone", phones[0].number if phones else None, "phones"),
            tuple(phones),
        )

    def _emails(self, owner: Object) -> list[str]:
        """The address of whoever takes referrals there; else its own, else that of any contact."""
        found: list[str] = []
        for desk in _desks(owner):
            given = as_written.emails(desk.get("email"))
            if desk.get("email") and not given:
                self._leave_out("an email address that is none", desk["email"])
            for more in given[1:]:
                self._leave_out("one more email address", more)
            found += given[:1]
        return found

    def _phones(self, owner: Object) -> list[Phone]:
        voice: list[Phone] = []
        other: list[Phone] = []
        for desk in _desks(owner):
            for phone in _objects(desk, "phones"):
                kind = (plain.line(phone.get("type"), 40) or "").casefold()
                given = as_written.phones(phone.get("number"))
                if not given or kind == "fax":
                    self._leave_out(
                        "a fax number" if given else "a phone number that cannot be dialled", phone.get("number")
                    )
                    continue
                more = (plain.line(phone.get("extension"), 10), plain.line(phone.get("description"), 80))
                for each in given:
                    extension = f" ext. {more[0]}" if more[0] and more[0].isdigit() and "ext" not in each.number else ""
                    said = ", ".join(filter(None, (each.note, more[1], kind if kind in _NOT_VOICE else None))) or None
                    row = Phone(each.number + extension, said)
                    (other if kind in _NOT_VOICE or "text only" in (said or "").casefold() else voice).append(row)
        return list(dict.fromkeys([*voice, *other]))[:10]

    def _leave_out(self, what: str, value: object) -> None:
        self._found.left_out.append(Refused(self._path, f"{what}: {plain.line(value, 60) or 'not text'}"))


def _together(row: Told, known: Told | None) -> Told:
    """Told twice: the fuller telling wins, the other fills its gaps, and what one of them hides is hidden."""
    if known is None:
        return row
    fuller, other = (row, known) if _fullness(row) > _fullness(known) else (known, row)
    gaps = {name: getattr(other, name) for name in other.told if not getattr(fuller, name)}
    more = {"brief": row.brief and known.brief, "told": row.told | known.told}
    return replace(fuller, **{**gaps, **more, "never_show_rule": fuller.never_show_rule or other.never_show_rule})


def _service_at_location(found: Directory, path: str, body: Object) -> None:
    service = cast("Object", body["service"]) if isinstance(body.get("service"), dict) else {}
    if "service_at_locations" not in service:
        service = {**service, "service_at_locations": [{"location": body["location"]}]}
    _service(found, f"{path}.service", service, brief=True)


def _id(body: Object) -> str | None:
    return _text_id(body.get("id"))


def _text_id(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return plain.line(str(value), 200)


def _objects(body: Object, name: str) -> list[Object]:
    value = body.get(name)
    return (
        [cast("Object", each) for each in cast("list[object]", value) if isinstance(each, dict)]
        if isinstance(value, list)
        else []
    )


def _lines(items: list[Object], name: str) -> tuple[str, ...]:
    said = (plain.line(item.get(name)) for item in items[:50])
    return tuple(line for line in said if line)


def _desks(body: Object) -> list[Object]:
    """The object itself and its contacts (where the UK profile has numbers): who takes referrals first, the press
    office last.
    """
    contacts = _objects(body, "contacts")
    said = ("title", "department", "name")
    ranks = [role_rank(" ".join(plain.line(each.get(name)) or "" for name in said)) for each in contacts]

    def ranked(wanted: int) -> list[Object]:
        return [each for rank, each in zip(ranks, contacts, strict=True) if rank == wanted]

    return [*ranked(-1), body, *ranked(0), *ranked(1)]


def _terms(body: Object) -> list[tuple[str, str]]:
    terms: list[tuple[str, str]] = []
    for attribute in _objects(body, "attributes")[:50]:
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


def _fullness(row: Row) -> tuple[bool, int]:
    return not row.brief, sum(1 for name in row.told if getattr(row, name))
