"""The answers that each step carries to the next, the three dates of the last, and a needs form: pure."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest

from services.casework.needs_assessment.rules import DOMAINS as THEIRS
from services.console.backend.errors import Refused
from services.console.needs.form import looked_at
from services.console.needs.view import left_out, lines
from services.console.needs.words import DOMAINS
from services.console.plan_start.answers import MOST_REFERRALS, STEPS, Answers, step_of
from services.console.plan_start.pages import soon
from services.console.plots.scale import Place, scale
from services.console.web.form import BadField, Form

ONE, TWO = str(uuid4()), str(uuid4())


def sent(**fields: list[str]) -> Form:
    return Form({name.replace("__", "."): values for name, values in fields.items()})


def everything() -> Form:
    return Form(
        {
            "csrf": ["c"],
            "once": ["o"],
            "person": ["p"],
            "step": ["goals"],
            "to": ["on"],
            "goals": ["a bed\na job"],
            "phase": ["try_out"],
            "cadence_days": ["9"],
            "service": [ONE, TWO, ONE, "no id"],
            f"ask.{ONE}.need": ["assess"],
            f"ask.{ONE}.told.need": ["soon"],
            f"ask.{TWO}.need": ["home"],
            "skipped": ["referrals", "goals"],
        }
    )


def test_every_domain_of_casework_has_its_words() -> None:
    assert tuple(DOMAINS) == THEIRS


@pytest.mark.parametrize("step", STEPS)
def test_each_step_carries_what_it_does_not_show(step: str) -> None:
    answers = Answers.read(everything())
    carried = answers.carried(next(one for one in STEPS if one == step))
    names = [name for name, _ in carried]
    own = {
        "goals": {"goals", "phase", "cadence_days"},
        "referrals": {f"ask.{ONE}.need", f"ask.{ONE}.told.need", f"ask.{TWO}.need"},
        "preview": set[str](),
    }
    every = set[str]().union(*own.values())
    assert every & set(names) == every - own[step]
    assert [value for name, value in carried if name == "service"] == [ONE, TWO]
    assert [value for name, value in carried if name == "skipped"] == ["referrals"], "goals cannot be skipped"
    assert not {"csrf", "once", "person", "step", "to"} & set(names)


def test_a_skipped_step_says_nothing_and_is_taken_up_again() -> None:
    answers = Answers.read(everything())
    assert answers.referred == () and answers.taking("referrals").referred == [ONE, TWO]
    assert answers.taking("referrals").skipping("referrals").referred == ()
    assert answers.asked(ONE).text("told.need") == "soon" and answers.dropping(ONE).services == [TWO]
    assert answers.adding(ONE) == answers and answers.adding("no id") == answers


def test_there_is_an_end_to_first_referrals_and_to_goals() -> None:
    full = Answers.read(sent(service=[str(uuid4()) for _ in range(MOST_REFERRALS)]))
    with pytest.raises(BadField):
        full.adding(ONE)
    for goals in ([""], ["\n".join("ab"[i % 2] for i in range(21))], ["x" * 4001]):
        with pytest.raises(BadField) as bad:
            _ = Answers.read(sent(goals=goals)).goals
        assert step_of(bad.value) == "goals"


def test_what_is_wrong_leads_to_its_step() -> None:
    assert step_of(BadField("cadence_days", "x")) == "goals"
    assert step_of(BadField(f"ask.{ONE}.need", "x")) == "referrals"
    assert step_of(Refused(422, "x", [], {})) == "preview"
    assert step_of(BadField("goals.3", "x")) == "goals"


def dated(*days: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"what": what, "at": f"2030-{at}T10:00:00+00:00"} for what, at in days]


def test_three_dates_are_enough() -> None:
    dates = dated(("contact", "01-07"), ("contact", "01-14"), ("contact", "01-21"), ("review", "01-28"))
    assert [at[5:10] for at, _ in soon(dates, [])] == ["01-07", "01-14", "01-28"], "without a referral"
    first: Any = SimpleNamespace(service={"name": "Chest clinic"})
    step = {"action": "remind_agency", "whose": "agency", "at": "2030-01-10T10:00:00+00:00"}
    later = {**step, "at": "2030-03-01T10:00:00+00:00"}
    found = soon(dates, [(first, [[later], [step]])])
    assert [at[5:10] for at, _ in found] == ["01-07", "01-10", "01-28"]
    assert found[1][1].startswith("if Chest clinic does not reply: ")
    assert soon(dated(("contact", "01-07")), []) == [("2030-01-07T10:00:00+00:00", "contact")]


@pytest.mark.parametrize("score", ["0", "6", "-1", "four", "4.0", "٤"])
def test_a_score_off_the_scale_is_none(score: str) -> None:
    with pytest.raises(Refused) as refused:
        looked_at(sent(domains__drugs__score=[score]))
    assert [one.field for one in refused.value.errors] == ["domains.drugs.score"]


def look(at: str, **scores: int) -> dict[str, Any]:
    return {"at": at, "domains": {name: {"score": score, "sentence": None} for name, score in scores.items()}}


def test_each_domain_is_compared_with_the_last_time_it_was_looked_at() -> None:
    newest = look("2030-03-01T10:00:00Z", drugs=2, alcohol=4, accommodation=3)
    between = look("2030-02-01T10:00:00Z", drugs=2)
    oldest = look("2030-01-01T10:00:00Z", alcohol=3, physical_health=5)
    found = {line.domain: line for line in lines([newest, between, oldest])}
    assert found["drugs"].change == "As on Fri 1 Feb 2030"
    assert found["alcohol"].change == "Worse: was 3 on Tue 1 Jan 2030"
    assert found["accommodation"].change == "First look"
    assert found["physical_health"].score == 5 and found["physical_health"].at == oldest["at"]
    assert len(left_out(found.values())) == len(DOMAINS) - 4 and not lines([])


def test_the_picture_shows_where_it_stands_and_where_it_stood() -> None:
    rows = [Place("Drugs", 1, 5, "1. Better"), Place("<b>", 3, None, "3"), Place("Money", 2, 2, "2. As before")]
    drawn = scale("s", "Needs", 1, 5, rows)
    dots = [float(one.attrib["cx"]) for one in ElementTree.fromstring(drawn).iter("circle")]
    assert dots == [352, 208, 280, 244], "a ring only where it has moved"
    assert "Drugs: 1. Better; &lt;b&gt;: 3" in drawn and "style" not in drawn
    assert "No figures yet" in scale("s", "Needs", 1, 5, [])
