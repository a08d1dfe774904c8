"""Reading HSDS and HSDS-UK 3.0 JSON, in any wrapping that publishers use, into flat rows of ours.

Pure: no database. An object that cannot be used is refused with its place in the file and the reason; a file that is
not HSDS at all raises NotHsds, and then nothing of it is taken.

A field that an object leaves out keeps its value: publishers answer with full entries and with lists that hold little
but names. An object inside another one (the organization of a service, the services of an organization, a place) is
`brief`: there an empty field keeps its value too.
"""

import json
from dataclasses import replace
from typing import cast

from services.referrals.directory import plain, shapes
from services.referrals.directory.reader import Reader
from services.referrals.directory.rows import AgencyRow, Directory, LocationRow, Refused, Row, ServiceRow, Told
from services.referrals.directory.rules import pathway_of
from services.referrals.directory.shapes import Object, text_id


class NotHsds(ValueError):
    """The file is not HSDS 3.0 JSON; the message states why in one line."""


def read(body: bytes, *, whole: bool = False) -> Directory:
    """Return all agencies, services and locations of a file.

    Raise NotHsds, with `whole` also for one page of several.
    """
    if body[:2] in (b"PK", b"\x1f\x8b"):
        raise NotHsds("the file is an archive (zip or gzip): unpack it, and import the JSON in it")
    try:
        document: object = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise NotHsds("the file is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        if error.pos == 0 and b"," in body[:2000].partition(b"\n")[0]:
            raise NotHsds(
                "the file is not JSON but looks like a table (CSV): import the JSON of the publisher"
            ) from None
        raise NotHsds(f"the file is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except ValueError:
        raise NotHsds("the file holds a number of more digits than can be read") from None
    except RecursionError:
        raise NotHsds("the file is nested too deeply to be HSDS") from None
    if shapes.is_tables(document):
        raise NotHsds("the file holds HSDS as tables: import the JSON in which a service holds its organization")
    if whole and (part := shapes.is_part(document)):
        raise NotHsds(f"the file holds {part}, and what it does not hold would be closed: import all pages in one list")
    found = Directory()
    objects = list(shapes.unwrap(document))
    if not any(shapes.kind_of(item) for _, item in objects):
        raise NotHsds("the file holds no HSDS organization, service, location or service_at_location")
    for path, item in objects:
        _take(found, path, item)
    found.left_out += [
        Refused(path, f"a field that is not of HSDS: {plain.line(key)}") for key, path in found.unread.items()
    ]
    return found


def _take(found: Directory, path: str, item: object) -> None:
    kind = shapes.kind_of(item)
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
        found.refused.append(Refused(path, _needs("an organization", body)))
        return None
    reader = Reader(found, path, body, brief)
    other_names, description = reader.other_names(), reader.text("description")
    row = reader.row(
        AgencyRow(
            external_id=external,
            name=name,
            description=description,
            website=reader.link("website", "url"),
            **reader.reach(body),
            other_names=other_names,
            never_show_rule=reader.hidden([name, *other_names, *reader.kinds()]),
        )
    )
    found.agencies[external] = _together(found, path, row, found.agencies.get(external))
    for number, service in enumerate(reader.objects("services")):
        _service(found, f"{path}.services[{number}]", service, external, brief=True)
    return external


def _service(
    found: Directory, path: str, body: Object, agency: str | None = None, *, brief: bool = False
) -> str | None:
    external, name = _id(body), plain.line(body.get("name"))
    if external is None or name is None:
        found.refused.append(Refused(path, _needs("a service", body)))
        return None
    inside = body.get("organization")
    if isinstance(inside, dict):
        agency = _organization(found, f"{path}.organization", cast("Object", inside), brief=True) or agency
    agency = agency or text_id(body.get("organization_id"))
    if agency is None:
        found.refused.append(Refused(path, "a service needs its organization"))
        return None
    reader = Reader(found, path, body, brief)
    # HSDS 2 has places without an object between them and the service.
    at = [*reader.objects("service_at_locations"), *({"location": each} for each in reader.objects("locations"))]
    places = [
        _location(
            found, f"{path}.service_at_locations[{number}].location", cast("Object", place["location"]), brief=True
        )
        for number, place in enumerate(at)
        if isinstance(place.get("location"), dict)
    ]
    other_names, terms = reader.other_names(), reader.terms()
    description, eligibility = reader.text("description"), reader.text("eligibility_description", column="eligibility")
    hours, opens_on, closes_on = reader.schedules(at)
    row = reader.row(
        ServiceRow(
            external_id=external,
            agency_external_id=agency,
            name=name,
            description=description,
            url=reader.link("url"),
            **reader.reach(body, *at),
            other_names=other_names,
            status=reader.status(),
            pathway=reader.put("pathway", pathway_of(terms), "attributes"),
            eligibility=eligibility,
            fees=reader.text("fees_description", "fees", column="fees", longest=1000),
            languages=reader.put("languages", reader.lines("languages", "name"), "languages"),
            schedules=hours,
            opens_on=opens_on,
            closes_on=closes_on,
            taxonomy_terms=reader.put("taxonomy_terms", tuple(term for _, term in terms), "attributes"),
            location_external_ids=tuple(place for place in places if place),
            never_show_rule=reader.hidden([name, *other_names, *(term for _, term in terms)]),
        )
    )
    known = found.services.get(external)
    if known is not None and known.agency_external_id != agency:
        found.refused.append(Refused(path, "the same service id stands under another organization"))
        return None
    # A service may be listed once for each of its places: it is given at all of them.
    everywhere = [*(known.location_external_ids if known else ()), *row.location_external_ids]
    found.services[external] = replace(
        _together(found, path, row, known), location_external_ids=tuple(dict.fromkeys(everywhere))
    )
    return external


def _location(found: Directory, path: str, body: Object, *, brief: bool = False) -> str | None:
    external = _id(body)
    if external is None:
        found.refused.append(Refused(path, "a location needs an id, of at most 200 characters"))
        return None
    reader = Reader(found, path, body, brief)
    name, other_names, description = plain.line(body.get("name")), reader.other_names(), reader.text("description")
    parts = ("address_1", "address_2", "city", "region", "state_province", "postal_code")
    # Any of them may hold the name of somebody's house; the first address alone is kept.
    written = [[plain.line(each.get(part)) for part in parts] for each in reader.objects("addresses")]
    address = tuple(part for part in written[0] if part) if written else ()
    everywhere = [part for each in written for part in each]
    row = reader.row(
        LocationRow(
            external_id=external,
            name=reader.put("name", name, "name"),
            description=description,
            address=reader.put("address", address, "addresses"),
            accessibility=reader.put("accessibility", reader.lines("accessibility", "description"), "accessibility"),
            **reader.reach(body),
            other_names=other_names,
            never_show_rule=reader.hidden([name, *other_names, *reader.kinds()], everywhere),
        )
    )
    found.locations[external] = _together(found, path, row, found.locations.get(external))
    return external


def _together(found: Directory, path: str, row: Told, known: Told | None) -> Told:
    """Merge two entries of one id.

    The fuller entry wins, the other fills its gaps, and a rule that hides either hides both.
    """
    if known is None:
        return row
    if not (row.brief or known.brief) and row.name != known.name:
        found.left_out.append(Refused(path, f"the same id is told with two names: {known.name}"[:160]))
    fuller, other = (row, known) if _fullness(row) > _fullness(known) else (known, row)
    gaps = {name: getattr(other, name) for name in other.told if not getattr(fuller, name)}
    more = {"brief": row.brief and known.brief, "told": row.told | known.told}
    return replace(fuller, **{**gaps, **more, "never_show_rule": fuller.never_show_rule or other.never_show_rule})


def _service_at_location(found: Directory, path: str, body: Object) -> None:
    _service(found, f"{path}.service", shapes.at_place(body), brief=True)


def _needs(what: str, body: Object) -> str:
    long = body.get("id") and body.get("name")
    return f"{what} needs an id{' of at most 200 characters' if long else ''} and a name"


def _id(body: Object) -> str | None:
    return text_id(body.get("id"))


def _fullness(row: Row) -> tuple[bool, int]:
    return not row.brief, sum(1 for name in row.told if getattr(row, name))
