"""A loop without an end asks at its head whether it is still wanted: a cancellation that was dropped ends it there."""

import ast
from pathlib import Path

from tests.house.source import calls, files, tree

ASKS = "shared.supervise.raise_if_cancelled"
WAITS = (ast.Await, ast.AsyncFor, ast.AsyncWith)


def endless(path: Path) -> list[ast.While]:
    """The `while True` of coroutines that wait in it and never leave it by themselves."""
    return [
        loop
        for function in ast.walk(tree(path))
        if isinstance(function, ast.AsyncFunctionDef)
        for loop in ast.walk(function)
        if isinstance(loop, ast.While)
        and isinstance(loop.test, ast.Constant)
        and any(isinstance(node, WAITS) for node in ast.walk(loop))
        and not any(isinstance(node, ast.Return | ast.Break) for node in ast.walk(loop))
    ]


def test_endless_loops_can_be_stopped() -> None:
    found: list[str] = []
    seen = 0
    for path in files("shared", "services"):
        asked = {node.lineno for node, name in calls(path) if name == ASKS}
        for loop in endless(path):
            seen += 1
            if loop.body[0].lineno not in asked:
                found.append(f"{path}:{loop.lineno}")
    assert seen > 5, "it finds no loop any more"
    assert not found, "begin it with raise_if_cancelled() of shared.supervise:\n" + "\n".join(found)
