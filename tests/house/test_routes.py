"""Every route of every service has its entry in the access table, and routes never query by themselves."""

import ast
from importlib import import_module
from types import ModuleType

import pytest

from shared.access.table import PUBLIC, TABLE
from shared.http.routes import Routes
from tests.house.source import calls, files, tree

SERVICES = ("intake", "casework", "referrals")

# Open to anybody: an agency without an account answers by its reply token or code, checked by the route itself.
OPEN_TO_ALL = ("/replies", "/reply")


def test_routes_never_query() -> None:
    """Reads go through one function per noun (service.py), where scope and audit have their place."""
    found: list[str] = []
    for path in files("services"):
        if path.name != "api.py":
            continue
        for node, name in calls(path):
            method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            owner = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
            on_session = owner in ("tx", "session", "db") and method in (
                "get",
                "get_one",
                "execute",
                "scalar",
                "scalars",
                "stream",
            )
            if on_session or name.rpartition(".")[2] == "select":
                found.append(f"{path}:{node.lineno} {ast.unparse(node.func)}")
    assert not found, "move it to the noun's service.py:\n" + "\n".join(found)


def test_log_events_are_fixed_phrases() -> None:
    """What varies goes into fields of the allow-list; a phrase put together could hold anything."""
    found: list[str] = []
    for path in files("shared", "services", "workflows"):
        for node, _ in calls(path):
            func = node.func
            if not isinstance(func, ast.Attribute) or func.attr not in (
                *("debug", "info", "warning", "error", "exception", "critical"),
            ):
                continue
            owner = ast.unparse(func.value)
            if "log" in owner and node.args and not isinstance(node.args[0], ast.Constant):
                found.append(f"{path}:{node.lineno} {ast.unparse(node)[:80]}")
    assert not found, "log a fixed phrase:\n" + "\n".join(found)


def modules(service: str) -> list[ModuleType]:
    """The modules of a service that make routes, wherever they are."""
    found = [
        path
        for path in files(f"services/{service}")
        if any(name == "shared.http.routes.Routes" for _, name in calls(path))
    ]
    return [import_module(".".join(path.with_suffix("").parts)) for path in found]


def groups(service: str) -> list[Routes]:
    """The route groups its modules define."""
    return [value for module in modules(service) for value in vars(module).values() if isinstance(value, Routes)]


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_has_an_entry_in_the_access_table(service: str) -> None:
    assert groups(service), f"no routes found in services/{service}"
    for route in (route for group in groups(service) for route in group.routes):
        where = f"{service}: {sorted(route.methods or ())} {route.path}"
        allow = route.guard.allow
        assert allow == PUBLIC or allow in TABLE, f"{where} names {allow}, which is not in shared/access"
        assert allow != PUBLIC or route.path.startswith(OPEN_TO_ALL), f"{where} is open to the world"


def test_every_entry_of_the_access_table_is_used() -> None:
    """An entry that nothing asks for is a permission nobody reviews."""
    used = {route.guard.allow for service in SERVICES for group in groups(service) for route in group.routes}
    words = {
        node.value
        for path in files("services", "shared/http")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    unused = sorted(TABLE.keys() - used - words)
    assert not unused, f"take them out of shared/access: {', '.join(unused)}"
