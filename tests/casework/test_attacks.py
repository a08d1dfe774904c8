"""Attacks on casework: rows of other teams, a no or a death that comes first, what events tell."""

from services.casework.task.rules import told_as
from shared.ids import new_id
from tests.casework.test_board import ids, report, row
from tests.casework.world import World


async def test_a_referral_that_names_another_teams_case_does_not_show_on_their_board(world: World) -> None:
    case = await world.case()
    await report(world, row(world, case_id=case["id"], team_id=str(world.other_team)))
    assert await ids(world) == []
    [item] = (await world.ok("GET", "/board", teams=[world.other_team]))["items"]
    assert item["case_id"] is None and item["worker_id"] is None


async def test_a_row_cannot_be_taken_over_by_an_id_of_another_kind_or_team(world: World) -> None:
    one = await report(world, row(world, kind="plan", agency_id=None))
    await report(world, row(world, id=one.id))
    await report(world, row(world, id=one.id, kind="plan", team_id=str(world.other_team)))
    [item] = (await world.ok("GET", "/board"))["items"]
    assert (item["kind"], item["person_id"]) == ("plan", one.person_id)
    assert await ids(world, teams=[world.other_team]) == []


async def test_programs_of_agencies_have_no_business_here(world: World) -> None:
    token = world.token("system", sub=f"agency:{new_id()}")
    for path in ("/board", "/cases", "/tasks", "/next-steps", "/reviews", "/caseloads", "/board/stream"):
        answer = await world.http.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 403, path


def test_no_event_tells_where_he_is_held() -> None:
    kinds = ("prison_contact", "ward_visit", "ask_release_date", "see_after_release", "check_custody", "check_hospital")
    told = {told_as(kind) for kind in kinds}
    assert not any(word in kind for kind in told for word in ("prison", "ward", "release", "custody", "hospital"))
