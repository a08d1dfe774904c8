"""Reads HSDS and HSDS-UK 3.0 JSON: whatever shape a publisher wraps it in, into flat rows of ours.

Pure: no database. An object that cannot be used is refused with its place in the file and the reason; a file that is
not HSDS at all raises NotHsds, and then nothing of it is taken.

What stands inside another object (the organization of a service, the services of an organization, a place) is `brief`:
publishers repeat there as much or as little as they like, so what it leaves out says nothing.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar, cast

from services.referrals.directory import plain
from services.referrals.directory.rules import never_show_rule, pathway_of, role_rank

Object = dict[str, Any]


class NotHsds(ValueError):
    """The file is not HSDS 3.0 JSON; the message says why in one line."""


@dataclass(frozen=True)
class Refused:
    """One object that was not taken: where in the file, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class AgencyRow:
    external_id: str
    name: str
    description: str | None = None
    website: str | None = None
    email: str | None = None
    phone: str | None = None
    never_show_rule: str | None = None
    brief: bool = False


@dataclass(frozen=True)
class LocationRow:
    external_id: str
    name: str | None = None
    address: tuple[str, ...] = ()
    accessibility: tuple[str, ...] = ()
    email: str | None = None
    phone: str | None = None
    never_show_rule: str | None = None
    brief: bool = False


@dataclass(frozen=True)
class ServiceRow:
    external_id: str
    agency_external_id: str
    name: str
    description: str | None = None
    url: str | None = None
    email: str | None = None
    phone: str | None = None
    status: str = "active"
    pathway: str | None = None
    eligibility: str | None = None
    fees: str | None = None
    languages: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    taxonomy_terms: tuple[str, ...] = ()
    location_external_ids: tuple[str, ...] = ()
    never_show: bool = False
    never_show_rule: str | None = None
    brief: bool = False


Row = AgencyRow | LocationRow | ServiceRow
Told = TypeVar("Told", AgencyRow, LocationRow, ServiceRow)


def digest(row: Row) -> str:
    """Equal for equal content, so that an unchanged object is not written again."""
    content = {name: value for name, value in asdict(row).items() if name != "brief"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass
class Directory:
    """What one file says, by external id; `refused` what could not be taken."""

    agencies: dict[str, AgencyRow] = field(default_factory=dict[str, AgencyRow])
    services: dict[str, ServiceRow] = field(default_factory=dict[str, ServiceRow])
    locations: dict[str, LocationRow] = field(default_factory=dict[str, LocationRow])
    refused: list[Refused] = field(default_factory=list[Refused])

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
    row = AgencyRow(
        external,
        name,
        plain.plain(body.get("description")),
        plain.link(body.get("website") or body.get("url")),
        _email(body),
        _phone(body),
        _hidden_by(body),
        brief,
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
    terms = _terms(body)
    description, eligibility = plain.plain(body.get("description")), plain.plain(body.get("eligibility_description"))
    rule = _hidden_by(body, *(term for _, term in terms))
    row = ServiceRow(
        external,
        agency,
        name,
        description,
        plain.link(body.get("url")),
        next(filter(None, map(_email, (body, *at))), None),
        next(filter(None, map(_phone, (body, *at))), None),
        plain.line(body.get("status"), 40) or ("" if brief else "active"),
        pathway_of(terms),
        eligibility,
        plain.plain(body.get("fees_description") or body.get("fees"), 1000),
        _lines(_objects(body, "languages"), "name"),
        tuple(told for told in (_schedule(each) for each in _objects(body, "schedules")) if told),
        tuple(term for _, term in terms),
        tuple(place for place in places if place),
        rule is not None,
        rule,
        brief,
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
    addresses = _objects(body, "addresses")
    parts = ("address_1", "address_2", "city", "region", "state_province", "postal_code")
    address = [plain.line(each.get(part)) for each in addresses[:1] for part in parts]
    row = LocationRow(
        external,
        plain.line(body.get("name")),
        tuple(part for part in address if part),
        _lines(_objects(body, "accessibility"), "description"),
        _email(body),
        _phone(body),
        _hidden_by(body),
        brief,
    )
    found.locations[external] = _together(row, found.locations.get(external))
    return external


def _hidden_by(body: Object, *more: str) -> str | None:
    """The never-show rule that the names or the description of an object meet."""
    names = (plain.line(body.get(name)) for name in ("name", "alternate_name"))
    return never_show_rule([*names, plain.plain(body.get("description")), *more])


def _together(row: Told, known: Told | None) -> Told:
    """Told twice: the fuller telling wins, the other fills its gaps, and what one of them hides is hidden."""
    if known is None:
        return row
    fuller, other = (row, known) if _fullness(row) > _fullness(known) else (known, row)
    gaps = {name: value for name, value in asdict(other).items() if not getattr(fuller, name)}
    return replace(fuller, **{**gaps, "brief": row.brief and known.brief})


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


def _email(body: Object) -> str | None:
    """The address of whoever takes referrals there; else its own, else that of any contact."""
    return next((found for each in _desks(body) if (found := plain.email(each.get("email")))), None)


def _phone(body: Object) -> str | None:
    """The first number on record, of the same."""
    owners = _desks(body)
    numbers = (plain.phone(each.get("number")) for owner in owners for each in _objects(owner, "phones"))
    return next((number for number in numbers if number), None)


def _schedule(body: Object) -> str | None:
    told = plain.line(body.get("description"), 400)
    days, opens, closes = (plain.line(body.get(name), 40) for name in ("byday", "opens_at", "closes_at"))
    hours = f"{days or ''} {(opens or '')[:5]} to {(closes or '')[:5]}".strip() if opens and closes else None
    return "; ".join(part for part in (hours, told) if part) or None


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


def _fullness(row: Row) -> int:
    return sum(1 for name, value in asdict(row).items() if value and name != "brief")
