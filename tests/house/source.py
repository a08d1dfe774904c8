"""Reading our own source for the house rules: which files, which calls, which imports."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("shared", "services", "workflows", "deploy")


def files(*packages: str) -> list[Path]:
    """Every Python file of these packages (all of ours when none is named), as paths from the root."""
    found = [path for name in packages or PACKAGES for path in (ROOT / name).rglob("*.py")]
    assert found, f"no source under {packages}"
    return sorted(path.relative_to(ROOT) for path in found)


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))


@cache
def _names(path: Path) -> dict[str, str]:
    """What each imported name of a file stands for: ``{"dt": "datetime.datetime"}``."""
    names: dict[str, str] = {}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for one in node.names:
                names[one.asname or one.name.partition(".")[0]] = one.name if one.asname else one.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for one in node.names:
                names[one.asname or one.name] = f"{node.module}.{one.name}"
    return names


def dotted(path: Path, node: ast.expr) -> str:
    """The full name of an expression like ``dt.now``, imports followed; empty when it is no plain name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([_names(path).get(node.id, node.id), *reversed(parts)])


def mentions(path: Path) -> Iterator[tuple[str, int]]:
    """Every name a file uses, by its full name, with its line; calls or not (``key=time.time`` counts too)."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute | ast.Name) and (name := dotted(path, node)):
            yield name, node.lineno


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Every call of a file with the full name of what is called."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node, dotted(path, node.func)


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module a file imports, with its line."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((one.name, node.lineno) for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{one.name}", node.lineno) for one in node.names)
