"""Every set of kinds of tasks names kinds that exist: a kind renamed in one place only would lose its rule."""

from collections.abc import Collection

import pytest

from services.casework.hold import rules as hold
from services.casework.plan.rules import TASKS as TASKS_OF_STEPS
from services.casework.task import rules
from services.console.task import words
from services.console.web import casework_words

NAMED: dict[str, Collection[str]] = {
    "AFTER_THE_END": rules.AFTER_THE_END,
    "AFTER_THE_REFERRAL": rules.AFTER_THE_REFERRAL,
    "BEFORE_APPOINTMENT": rules.BEFORE_APPOINTMENT,
    "CLOSED_BY_FACT": rules.CLOSED_BY_FACT,
    "MAILS": rules.MAILS,
    "OUTLIVES_CASES": rules.OUTLIVES_CASES,
    "UNTIL_MET": rules.UNTIL_MET,
    "UNTIL_READ": rules.UNTIL_READ,
    "UNTIL_SEEN": rules.UNTIL_SEEN,
    "steps of a plan": {kind for kinds in TASKS_OF_STEPS.values() for kind in kinds},
    "hold: CONTACT_TASK": hold.CONTACT_TASK.values(),
    "hold: WHILE_TASKS": hold.WHILE_TASKS,
    "hold: ASKED_TASKS": hold.ASKED_TASKS,
    "hold: END_TASKS": hold.END_TASKS,
    "console: KINDS": words.KINDS,
    "console: REPLY_LADDER": words.REPLY_LADDER,
    "console: RHYTHM": words.RHYTHM,
    "console: NOT_SEEN": words.NOT_SEEN,
    "console: EMAILS": words.EMAILS,
    "console: OVERSIGHT": casework_words.OVERSIGHT,
    "console: BY_FACT": casework_words.BY_FACT,
}


@pytest.mark.parametrize("name", NAMED)
def test_a_set_names_kinds_of_tasks_that_exist(name: str) -> None:
    assert not set(NAMED[name]) - set(rules.KINDS)


def test_every_kind_has_words_and_a_place_in_the_order() -> None:
    assert not set(rules.KINDS) - set(words.KINDS)
