"""What is said once something is done: what happened, and where there is something to know, what comes then."""

import ast

from services.console.referral.acts import ACTS
from services.console.task import words
from tests.house.source import files, tree


def phrases() -> list[str]:
    """Return every fixed phrase that a page says after a press."""
    found = [act.said for act in ACTS] + [kind.said for kind in words.KINDS.values()]
    for path in files("services/console"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.keyword) and node.arg == "said" and isinstance(node.value, ast.Constant):
                found.append(str(node.value.value))
    return found


def test_no_press_is_answered_by_a_bare_word() -> None:
    found = phrases()
    assert len(found) > 60
    assert not [said for said in found if len(said.split()) < 3], "say what happened, and what comes then"
