"""Identifiers and references."""

import re

from shared.ids import new_id, reference


def test_ids_are_version_7_unique_and_in_order() -> None:
    ids = [new_id() for _ in range(2000)]
    assert len(set(ids)) == 2000
    assert ids == sorted(ids)
    assert {i.version for i in ids} == {7}


def test_references_can_be_read_out() -> None:
    made = {reference() for _ in range(500)}
    assert len(made) == 500
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{8}", one) for one in made)
