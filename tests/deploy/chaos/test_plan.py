"""The order of faults and of work comes from the seed alone."""

from itertools import islice

from deploy.chaos import plan
from deploy.chaos.kinds import KINDS


def test_the_same_seed_gives_the_same_order_and_another_one_another() -> None:
    def made(seed: int) -> tuple[list[plan.Fault], list[list[plan.Action]]]:
        work = [list(islice(plan.actions(seed, client), 200)) for client in range(3)]
        return list(islice(plan.faults(seed), 200)), work

    assert made(7) == made(7)
    (faults, work), (others, other_work) = made(7), made(8)
    assert faults != others and work != other_work
    assert work[0] != work[1], "each client has work of its own"


def test_each_kind_comes_first_and_then_everything_there_is() -> None:
    decks = list(islice(plan.faults(3), len(KINDS) + 500))
    assert {fault.kind for fault in decks[: len(KINDS)]} == set(KINDS)
    done = {(fault.kind, fault.target) for fault in decks}
    wanted = {(kind, target) for kind, targets in plan.TARGETS.items() for target in targets}
    assert done == wanted


def test_what_the_machine_does_not_allow_is_left_out() -> None:
    kinds = [kind for kind in KINDS if kind != "disk"]
    assert "disk" not in {fault.kind for fault in islice(plan.faults(3, kinds), 300)}
