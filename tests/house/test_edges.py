"""The table of faults at the edges names tests that exist, so that none of them is dropped unseen."""

import re
from pathlib import Path

TABLE = Path("docs/edges.md")
# A file, and the names that follow it: `tests/a/test_b.py::test_c, ::test_d`.
_NAMED = re.compile(r"(tests/[\w/]+(?:\.py)?)?(?:::(\w+))?")


def test_every_test_of_the_table_exists() -> None:
    wrong: list[str] = []
    rows = [
        line.split("|") for line in TABLE.read_text().splitlines() if line.startswith("| ") and "| --- |" not in line
    ]
    for cells in rows:
        file = ""
        for named, name in _NAMED.findall(cells[2]):
            file = named or file
            if named and not Path(named).exists():
                wrong.append(f"{cells[1].strip()}: there is no {named}")
            elif name and (not Path(file).is_file() or f"def {name}(" not in Path(file).read_text()):
                wrong.append(f"{cells[1].strip()}: {file or 'no file'} has no {name}")
    assert len(rows) > 60 and not wrong, "\n".join(wrong)
