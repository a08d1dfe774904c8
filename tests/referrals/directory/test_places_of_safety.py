"""Places of safety are hidden however they are written; a day centre that is "a refuge from the street" is not."""

from typing import Any

import pytest

from services.referrals.directory.places_of_safety import rule_that_hides
from shared.db.session import Database
from tests.referrals.directory.test_importing import bring, given, organization, shown

HIDDEN = [
    "Women\u2019s ref\u00aduge",
    "Women ref\u200buge",
    "Safe-house Leeds",
    "safe_house",
    "r\u0435fuge",
    "\uff52\uff45\uff46\uff55\uff47\uff45",
    "re.fuge",
    "REFUG\u00c9",
    "r e f u g e",
    "refu\u2060ge",
    "Domestic-abuse shelter",
    "Domestic abuse  shelter",
    "Domestic/violence shelter",
    "Womens Aid Exampleton",
    "Women's Aid",
    "Woman\u2018s Aid",
    "Safe houses",
    "Sanctuary scheme",
    "MARAC house",
    "Frauenhaus Musterstadt",
    "Casa Refugio",
    "Kad\u0131n S\u0131\u011f\u0131nma Evi",
    "\u041f\u0440\u0438\u044e\u0442 \u0434\u043b\u044f \u0436\u0435\u043d\u0449\u0438\u043d",
    "Cymorth i Ferched",
    "Accommodation for women",
    "Beds for women and children",
    "Women-only hostel",
    "Women\u02bcs Aid",  # letters by their category
    "W0mens A1d",
    "r3fuge",
    "ref uge",
    "\u0280\u1d07\ua730\u1d1c\u0262\u1d07",  # small capitals
    "r\u0454fuge",
    "\u24e1\u24d4\u24d5\u24e4\u24d6\u24d4",
    "Women's Haven",
    "Emergency housing for women",
    "Dispersal accommodation",
    "Dispersed accommodation for survivors",
    "Frauennotwohnung",
    "M\u00e4dchenhaus",
    "Kad\u0131n S\u0131\u011f\u0131na\u011f\u0131",
    "Azylov\u00fd d\u016fm",
    "\u041a\u0440\u0438\u0437\u043e\u0432\u0438\u0439 \u0446\u0435\u043d\u0442\u0440",
    "\u0645\u0623\u0648\u0649 \u0627\u0644\u0646\u0633\u0627\u0621",
    "\u067e\u0646\u0627\u0647\u06af\u0627\u0647 \u0632\u0646\u0627\u0646",
    "\u0a14\u0a30\u0a24\u0a3e\u0a02 \u0a32\u0a08 \u0a2a\u0a28\u0a3e\u0a39",
    "\u4e0a\u6d77\u5987\u5973\u5e87\u62a4\u6240",
    "\u5973\u6027\u30b7\u30a7\u30eb\u30bf\u30fc",
]


@pytest.mark.parametrize("name", HIDDEN)
def test_a_name_of_a_place_of_safety(name: str) -> None:
    assert rule_that_hides([name])


@pytest.mark.parametrize(
    "words",
    [
        "We run a safe house.",
        "A women's refuge, second floor",
        "Refuge accommodation for families",
        "Crisis accommodation for survivors of domestic abuse",
        "Beds for people fleeing violence, referred by an IDVA",
        "Rooms for women",
        "Shelter for victims of trafficking",
        "Six self-contained refuge flats",
        "We manage refuges in three towns",
        "The address is confidential.",
        "Ten units of safe accommodation",
        "Second-stage housing after a crisis",
        "Temporary housing for survivors of trafficking",
        "A safe place to live away from the perpetrator",
        "Space to stay for men who have violent partners",
    ],
)
def test_running_text_that_speaks_of_a_place_of_safety(words: str) -> None:
    assert rule_that_hides(["Exampleton"], [words])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Breakfast and showers", "A warm refuge from the street for rough sleepers. Open to all men and women."),
        ("Night shelter", "Take refuge here in bad weather."),
        ("Day centre", "We have a women's room and showers. A refuge in the cold."),
        ("Refugee council", "Advice for refugees and people seeking asylum."),
        ("Domestic abuse advice", "We listen to you and go with you to court."),
        ("City of Sanctuary", "Welcoming people."),
        ("Women's health clinic", "Contraception and tests for women."),
        ("Shelter", "Housing advice by phone."),
        ("Hostel for men and women", "Beds for rough sleepers."),
        ("Sanctuary Gardens Surgery", "A general practice."),
        ("Wildlife refuge", "A walk with birds."),
        ("Animal refuge", "Cats and dogs."),
        ("Tearmann nature reserve", "A bog."),
        ("Surgery in Refuge Lane", "A general practice."),
        ("Bus shelter", "Cleaning and repairs."),
        ("Chest clinic", "We see people from hostels, shelters and refuges."),
    ],
)
def test_what_is_no_place_of_safety_is_shown(name: str, words: str) -> None:
    assert rule_that_hides([name], [words], ["Refugee House", "12 Invented Lane", "Refuge Road"]) is None


def test_two_lines_of_an_address_are_no_street() -> None:
    assert rule_that_hides(["Rooms"], [], ["The Refuge, Lane End"]) and rule_that_hides(["Rooms"], [], ["Refuge"])


@pytest.mark.parametrize(
    "service",
    [
        {"attributes": [{"taxonomy_term": {"name": "Refuge", "taxonomy": "kinds"}}]},
        {"attributes": [{"taxonomy_term": {"name": str(n)}} for n in range(60)] + [{"value": "Refuge"}]},
        {"attributes": [{"taxonomy_term": {"name": "Z1", "description": "Domestic abuse refuges"}}]},
        {"service_taxonomys": [{"taxonomy": {"name": "Refuge"}}]},
        {"categories": ["Refuge"]},
        {"url": "https://northrefuge.invalid"},
        {"email": "desk@north-refuge.invalid"},
        {"contacts": [{"title": "Refuge manager"}]},
        {"phones": [{"number": "01632 960123", "description": "refuge office"}]},
        {"program": {"id": "p", "name": "Refuge programme"}},
        {"alert": "Our women's refuge is full"},
        {"eligibilitys": [{"eligibility": "Refuge accommodation alone"}]},
        {"description": "word " * 2000 + "women's refuge"},
        {"service_at_locations": [{"location": {"id": "l1"}, "attributes": [{"taxonomy_term": {"name": "Refuge"}}]}]},
        {"service_at_locations": [{"location": {"id": "l1", "physical_addresses": [{"address_1": "The Refuge"}]}}]},
        {"alternate_name": "Refuge of the east"},
        {"service_at_locations": [{"location": {"id": "l1", "name": "The refuge"}}]},
        {"service_at_locations": [{"location": {"id": "l1", "alternate_name": "Safe house"}}]},
        {"service_at_locations": [{"location": {"id": "l1", "addresses": [{"address_1": "The Refuge"}, {}]}}]},
        {"service_at_locations": [{"location": {"id": "l1", "addresses": [{}, {"address_1": "The Refuge"}]}}]},
    ],
)
async def test_it_is_named_and_stays_hidden_whatever_a_list_leaves_out(db: Database, service: dict[str, Any]) -> None:
    report = await bring(db, given({"id": "s1", "name": "Rooms 1", **service}))
    assert report.hidden == ["Rooms 1 (refuge)"] and not await shown(db)
    entry = {"id": "s1", "name": "Rooms 1", "status": "active", "organization": {"id": "o1", "name": "Homes"}}
    for brief in (entry, {**entry, "attributes": [], "alternate_name": None, "service_at_locations": []}):
        await bring(db, brief)
        assert not await shown(db)


async def test_what_an_agency_says_and_what_its_service_offers_count_together(db: Database) -> None:
    flee = "For people fleeing domestic abuse."
    report = await bring(db, organization(name="Harbour", description=flee, services=[{"id": "s1", "name": "Hostel"}]))
    assert report.never_shown == {"accommodation that may be a place of safety": 1} and not await shown(db)
