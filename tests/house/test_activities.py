"""Activities: named and typed by the contracts, and every named one is carried out by its service."""

import ast
from pathlib import Path

from tests.house.source import calls, dotted, files, tree
from workflows import contracts


def definitions() -> list[tuple[Path, ast.AsyncFunctionDef | ast.FunctionDef, ast.Call | None]]:
    """Every function of the services marked as an activity, with its marker when that is a call."""
    found: list[tuple[Path, ast.AsyncFunctionDef | ast.FunctionDef, ast.Call | None]] = []
    for path in files("services"):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
                continue
            for marker in node.decorator_list:
                call = marker if isinstance(marker, ast.Call) else None
                if dotted(path, call.func if call else marker) == "temporalio.activity.defn":
                    found.append((path, node, call))
    return found


def contract_name(path: Path, node: ast.expr) -> str:
    """``OPEN_STAGE`` when the expression is that name of the contracts, else nothing."""
    full = dotted(path, node)
    return full.removeprefix("workflows.contracts.") if full.startswith("workflows.contracts.") else ""


def test_each_is_named_by_the_contracts_and_runs_without_blocking() -> None:
    for path, node, marker in definitions():
        where = f"{path}:{node.lineno} {node.name}"
        assert isinstance(node, ast.AsyncFunctionDef), f"{where}: an activity is async"
        names = [word.value for word in marker.keywords if word.arg == "name"] if marker else []
        assert names, f"{where}: give it its name of workflows.contracts"
        constant = contract_name(path, names[0])
        assert isinstance(getattr(contracts, constant, None), str), f"{where}: name it by workflows.contracts"
        service = path.parts[1]
        assert getattr(contracts, constant).startswith(f"{service}."), f"{where}: belongs to another service"


def test_each_takes_one_dataclass_of_the_contracts() -> None:
    for path, node, _ in definitions():
        where = f"{path}:{node.lineno} {node.name}"
        taken = [one for one in (*node.args.posonlyargs, *node.args.args) if one.arg != "self"]
        assert len(taken) == 1 and not node.args.kwonlyargs, f"{where}: one input, so that it can grow"
        assert taken[0].annotation is not None, f"{where}: its input needs a type"
        kind = getattr(contracts, contract_name(path, taken[0].annotation), None)
        assert hasattr(kind, "__dataclass_fields__"), f"{where}: takes a dataclass of workflows.contracts"


def test_every_activity_of_the_contracts_is_carried_out_once() -> None:
    promised = {
        value
        for name, value in vars(contracts).items()
        if name.isupper() and isinstance(value, str) and value.startswith(("intake.", "casework.", "referrals."))
    }
    done: list[str] = []
    for path, _, marker in definitions():
        for word in marker.keywords if marker else []:
            if word.arg == "name":
                done.append(getattr(contracts, contract_name(path, word.value), ""))
    assert sorted(done) == sorted(promised)


def test_contracts_are_data_and_nothing_else() -> None:
    """Workflows and services both import them: nothing there may run, wait or read."""
    path = Path("workflows/contracts.py")
    for node, name in calls(path):
        assert name in {"dataclasses.dataclass", "dataclasses.field"}, f"{path}:{node.lineno} calls {name}"
