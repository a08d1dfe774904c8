"""The table "Where is it?" of CONTRIBUTING names files that exist, and functions and classes that are in them."""

import ast
import re
from pathlib import Path

from tests.house import source

_SECTION = re.compile(r"^## Where is it\?\n(.*?)^## ", re.DOTALL | re.MULTILINE)
# A file and what it holds: `shared/http/idempotency.py` `OnceOnly`.
_NAMED = re.compile(r"`([\w/]+\.py)` `([\w.]+)`")
_FILE = re.compile(r"`(\w+/[\w/]+\.\w+)`")


def _defined(path: Path, name: str) -> bool:
    """Whether a file defines this function or class; a dot leads into a class."""
    body: list[ast.stmt] = source.tree(path).body
    for part in name.split("."):
        found = [
            node
            for node in body
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name == part
        ]
        if not found:
            return False
        body = found[0].body
    return True


def test_every_place_of_the_table_exists() -> None:
    section = _SECTION.search((source.ROOT / "CONTRIBUTING.md").read_text())
    assert section, 'CONTRIBUTING has no section "Where is it?"'
    rows = [line for line in section[1].splitlines() if line.startswith("| ")][2:]
    wrong: list[str] = []
    for row in rows:
        _, question, answer, _ = row.split("|")
        places = _NAMED.findall(answer)
        if not places:
            wrong.append(f"{question.strip()} has no answer of the form `file.py` `name`")
        missing = [file for file in _FILE.findall(answer) if not (source.ROOT / file).is_file()]
        wrong += [f"{question.strip()} There is no {file}." for file in missing]
        for file, name in places:
            if file not in missing and not _defined(Path(file), name):
                wrong.append(f"{question.strip()} {file} defines no {name}.")
    assert len(rows) >= 17 and not wrong, "\n".join(wrong)
