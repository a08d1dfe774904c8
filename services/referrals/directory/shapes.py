"""The shapes in which publishers wrap HSDS: pages of an API, lists, one object, a value in place of a list. Pure."""

from collections.abc import Iterator
from typing import Any, cast

from services.referrals.directory import plain
from services.referrals.directory.places_of_safety import in_address

Object = dict[str, Any]

# The names under which a page holds its objects: HSDS 3, ORUK 1, and other interfaces.
_PAGES = (
    *("contents", "content", "data", "items", "results", "records", "value", "entries", "@graph"),
    *("organizations", "services", "locations", "service_at_locations"),
)
# Tables that refer to each other by ids: the form for spreadsheets.
_TABLES = ("organization", "service", "location", "service_at_location", "phone", "contact", "schedule", "address")
# Alternative keys, in older versions of HSDS and by mistake.
_ALSO = {
    "schedules": ("regular_schedules", "regular_schedule", "schedule"),
    "addresses": ("physical_addresses", "physical_address", "address"),
    "phones": ("phone",),
    "contacts": ("contact",),
    "languages": ("language",),
}
# The field for which a bare text in a list of objects is meant.
_AS_TEXT = {
    "phones": "number",
    "languages": "name",
    "schedules": "description",
    "addresses": "address_1",
    "accessibility": "description",
    "alternate_names": "name",
}
# Fields of a service_at_location that belong to both the service and its place.
_OF_A_PLACE = ("contacts", "contact", "phones", "phone", "email", "schedules", "regular_schedules", "attributes")


def unwrap(document: object, path: str = "$") -> Iterator[tuple[str, object]]:
    """Yield each object with its path, from one object, a bare list, or the pages of an API."""
    if isinstance(document, list):
        for number, item in enumerate(cast("list[object]", document)):
            yield from unwrap(item, f"{path}[{number}]")
        return
    if isinstance(document, dict):
        page = cast("Object", document)
        names = [name for name in _PAGES if isinstance(page.get(name), list)] if "id" not in page else []
        if names:
            for name in names:
                yield from unwrap(page[name], f"{path}.{name}")
            return
        alone = [name for name in ("service", "organization", "location") if isinstance(page.get(name), dict)]
        if "id" not in page and len(alone) == 1:
            yield from unwrap(page[alone[0]], f"{path}.{alone[0]}")
            return
    yield path, document


def is_tables(document: object) -> bool:
    """Return whether the document is HSDS as tables, which refer to each other by ids."""
    return isinstance(document, dict) and sum(isinstance(document.get(name), list) for name in _TABLES) > 1  # pyright: ignore[reportUnknownMemberType]


def is_part(document: object) -> str | None:
    """Return which part of a publisher's data this is, by the counts in its pages.

    None when the pages give no counts, or when the data is complete.
    """
    pages = cast("list[object]", document) if isinstance(document, list) else [document]
    held, total = 0, 0
    for page in pages:
        if not isinstance(page, dict):
            continue
        said = cast("Object", page)
        held += sum(len(cast("list[object]", said[name])) for name in _PAGES if isinstance(said.get(name), list))
        counts = (said.get(name) for name in ("total_items", "totalElements", "total", "count"))
        total = max(total, *(each for each in counts if isinstance(each, int)), 0)
    return f"{held} of {total} objects" if held < total else None


def kind_of(item: object) -> str | None:
    """Return the kind of an object, by its fields; None when it is no object of HSDS."""
    if not isinstance(item, dict):
        return None
    keys = set(cast("Object", item))
    if "service" in keys and "location" in keys:
        return "service_at_location"
    if keys & {"location_type", "latitude", "addresses", "physical_addresses"} and "organization" not in keys:
        return "location"
    if keys & {"organization", "organization_id", "service_at_locations", "service_areas", "status"}:
        return "service"
    if "name" not in keys:
        return None
    if keys & {"organization_identifiers", "website", "services", "legal_status", "uri", "tax_status"}:
        return "taxonomy" if keys & {"taxonomy_terms", "version"} else "organization"
    if keys & {"taxonomy", "term", "term_uri", "parent_id", "code", "vocabulary"}:
        return "taxonomy"
    return "organization" if "id" in keys and keys & {"description", "email", "phones", "contacts"} else None


def objects(body: Object, name: str) -> tuple[list[Object], int]:
    """Return the objects under a name, also where a single value is given for a list; and how many were no objects."""
    found: list[Object] = []
    lost = 0
    for key in (name, *_ALSO.get(name, ())):
        value = body.get(key)
        for each in _flat(value):
            if isinstance(each, dict):
                found.append(cast("Object", each))
            elif isinstance(each, str | int) and not isinstance(each, bool) and name in _AS_TEXT:
                found.append({_AS_TEXT[name]: each})
            elif each is not None and each != "":
                lost += 1
    return found, lost


def _flat(value: object) -> Iterator[object]:
    if isinstance(value, list):
        for each in cast("list[object]", value):
            if isinstance(each, list):
                yield from cast("list[object]", each)
            else:
                yield each
    else:
        yield value


def text_id(value: object) -> str | None:
    """Return an identifier as text; None when it is longer than we store, since a cut one could equal another."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = plain.line(str(value), 201)
    return text if text and len(text) <= 200 else None


def at_place(body: Object) -> Object:
    """Return the service of a service_at_location, with the fields given there for this place."""
    service = cast("Object", body["service"]) if isinstance(body.get("service"), dict) else {}
    place = {name: body[name] for name in ("location", *_OF_A_PLACE) if name in body}
    return {**service, "service_at_locations": [*objects(service, "service_at_locations")[0], place]}


# The fields of HSDS 3 and its UK profile, and those we read of older versions. Any other is named once per file.
_KNOWN = frozenset({
    "accessibility", "accreditations", "address", "addresses", "alert", "alternate_name", "alternate_names",
    "application_process", "assured_date", "assurer_email", "attributes", "contact", "contacts", "cost_options",
    "data_owner", "description", "document", "eligibility_description", "email", "external_identifier",
    "external_identifier_type", "fees", "fees_description", "funding", "id", "interpretation_services", "language",
    "languages", "last_modified", "latitude", "legal_status", "licenses", "location", "location_type", "locations",
    "logo", "longitude", "maximum_age", "metadata", "minimum_age", "name", "organization", "organization_id",
    "organization_identifiers", "parent_organization_id", "phone", "phones", "physical_address",
    "physical_addresses", "program", "program_id", "programs", "regular_schedule", "regular_schedules",
    "required_documents", "schedule", "schedules", "service", "service_areas", "service_at_locations", "services",
    "status", "tax_id", "tax_status", "taxonomy_terms", "transportation", "uri", "url", "wait_time", "website",
    "year_incorporated", "additional_information", "additional_websites", "capacities", "units",
    "service_capacities",
})  # fmt: skip


def unread(body: Object) -> list[str]:
    """Return the non-empty fields that are not of HSDS and so are not read."""
    return [str(key)[:60] for key, value in body.items() if key not in _KNOWN and value not in (None, "", [], {})]


# Objects that are rows of their own and are judged there.
_ROWS = ("organization", "organizations", "services", "service", "location", "locations")
# Fields that state in one word what something is: names, kinds of several versions, whom to ask there.
_IN_A_WORD = ("attributes", "taxonom", "categor", "program", "keyword", "tag", "title", "department", "alternate_name")
_ADDRESSES = ("url", "website", "email", "uri")


_FULL_LENGTH = 20_000


def words(body: Object) -> tuple[list[str], list[str]]:
    """Return all text of an object: the parts that name or classify it, and the rest."""
    named: list[str] = []
    running: list[str] = []

    def walk(value: object, key: str, in_a_word: bool) -> None:
        if isinstance(value, dict):
            for name, each in cast("Object", value).items():
                if name not in _ROWS:
                    inside = in_a_word or any(part in name for part in _IN_A_WORD)
                    walk(each, name, name != "description" and inside)
        elif isinstance(value, list):
            for each in cast("list[object]", value):
                walk(each, key, in_a_word)
        elif isinstance(value, str) and (text := plain.plain(value, _FULL_LENGTH)):
            if key in _ADDRESSES:
                named.append(in_address(text))
            else:
                (named if in_a_word else running).append(text)

    walk({**body, "alternate_names": [body.get("name"), *_flat(body.get("alternate_names"))]}, "", in_a_word=False)
    return named, running
