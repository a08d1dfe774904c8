"""What may be said in a call and on which number, without any service."""

from typing import Any

from services.console.referral.saying import Spoken, desks, may_say


def consent(given_at: str, **more: Any) -> dict[str, Any]:
    usual = {"id": given_at, "agency_id": "tb", "live": True, "withdrawn_at": None, "given_at": given_at}
    return {**usual, "may_tell": [], "may_tell_us": [], **more}


def test_a_call_may_say_what_the_latest_consent_allows_and_no_more() -> None:
    wide = consent("2026-01-01T10:00:00Z", may_tell=["health", "alias"], may_tell_us=["attendance"])
    less = consent("2026-01-01T10:00:00.500000Z", may_tell=["alias"], may_tell_us=["outcome"])
    other = consent("2026-02-01T10:00:00Z", may_tell=["money"], agency_id="sau")
    for consents in ([wide, less, other], [less, wide, other]):
        found = may_say({"agency_id": "tb"}, consents)
        assert (found.standing, found.may_tell, found.may_tell_us) == ("live", ["alias"], ["outcome"])


def test_what_has_run_out_or_was_taken_back_says_no_more_than_the_reference() -> None:
    over = consent("2026-01-01T10:00:00Z", live=False, may_tell=["alias"])
    back = consent("2026-01-02T10:00:00Z", live=False, withdrawn_at="2026-01-03T10:00:00Z")
    for consents, standing in (([over, back], "expired"), ([back], "withdrawn"), ([], "none")):
        found = may_say({"agency_id": "tb"}, consents)
        assert (found.standing, found.may_tell, found.may_tell_us) == (standing, [], [])


def spoken(reference: str, service: str) -> Spoken:
    return Spoken({"reference": reference, "service_id": service}, "live", [], [])


def test_everybody_is_spoken_of_on_the_number_of_their_service_and_one_number_is_one_call() -> None:
    services = {
        "chest": {"name": "Chest clinic", "phone": "020 7946 0001", "phones": []},
        "nurses": {"name": "Outreach nurses", "phone": "02079460001", "phones": []},
        "sexual": {"name": "Sexual health", "phone": "020 7946 0009", "phones": []},
        "hidden": None,
    }
    rows = [spoken("A", "chest"), spoken("B", "sexual"), spoken("C", "nurses"), spoken("D", "chest")]
    found = desks([*rows, spoken("E", "hidden")], services)
    told = [
        (desk.phone, {name: [one.referral["reference"] for one in each] for name, each in desk.services.items()})
        for desk in found
    ]
    assert told == [
        ("020 7946 0001", {"Chest clinic": ["A", "D"], "Outreach nurses": ["C"]}),
        ("020 7946 0009", {"Sexual health": ["B"]}),
        (None, {"A service": ["E"]}),
    ]
