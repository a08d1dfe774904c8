"""No template, message, problem, email or command says a word that docs/terms.md has another word for.

Whatever a page may say is read here, also what no test brings up; tests/console/looks.py reads the pages as they are.
"""

import ast
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment
from typer.testing import CliRunner

from deploy import cli
from services.referrals.codes import State
from services.referrals.message.words import Kind
from services.referrals.outbound import text as message
from tests.house.source import ROOT, files, tree
from tests.words import TERMS, faults, of_all, rules

Said = Iterator[tuple[str, str]]
JINJA = Environment()
NOT_READ = ("script", "style", "code")
# Folders and files of the services with other people's words, or SQL, or what only a program reads.
PRINTED = ("deploy/status/__init__.py", "deploy/status/problems.py", "deploy/status/report.py")
NO_WORDS = {"migrations", "models.py", "app.py", "hsds.py", "permit_requests.py", "markers.py", "refusals.py"}


class Text(HTMLParser):
    """What somebody reads of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in NOT_READ
        self.parts += [value for name, value in attrs if value and name in ("aria-label", "title", "placeholder")]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in NOT_READ

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def read(html: str) -> str:
    reader = Text()
    reader.feed(html)
    return " ".join(reader.parts)


def of_template(path: Path) -> Said:
    source = (ROOT / path).read_text(encoding="utf-8")
    # Where something is put in, there is no sentence across it.
    html = [value if kind == "data" else " | " if kind.endswith("_end") else "" for _, kind, value in JINJA.lex(source)]
    yield str(path), read("".join(html))
    for line, kind, value in JINJA.lex(source):
        if kind == "string" and _is_words(value[1:-1]):
            yield f"{path}:{line}", read(value[1:-1])


def of_module(path: Path) -> Said:
    """Every text of a module with a blank in it, but docstrings and what is logged."""
    parsed, quiet = tree(path), set[int]()
    for node in ast.walk(parsed):
        if isinstance(node, ast.Expr):
            quiet.add(id(node.value))
        elif isinstance(node, ast.Raise | ast.Assert):
            quiet |= _bugs(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("log.", "re.")):
            quiet |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(parsed):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in quiet:
            continue
        if _is_words(node.value):
            yield f"{path}:{node.lineno}", read(node.value)


def _bugs(node: ast.Raise | ast.Assert) -> set[int]:
    """Texts that only a programmer reads."""
    if isinstance(node, ast.Raise) and not re.match(
        r"(KeyError|ValueError|TypeError|PracticeError|AttributeError|RuntimeError)\(", ast.unparse(node.exc or node)
    ):
        return set()
    return {id(inner) for inner in ast.walk(node)}


def _is_words(text: str) -> bool:
    # With a bar it is a regular expression.
    return " " in text.strip() and "|" not in text and not text.startswith(("/", "SELECT", "nhsuk"))


def test_the_terms_are_read() -> None:
    assert len(rules()) > 100 and all(rule.instead for rule in rules())
    assert faults("He has run out of mail, says did_not_come") and not faults("They have an email")
    assert TERMS.is_relative_to(ROOT)


def test_no_template_says_another_word() -> None:
    found = [path.relative_to(ROOT) for path in (ROOT / "services/console").rglob("templates/**/*.html")]
    assert len(found) > 100
    assert not (wrong := of_all(text for path in sorted(found) for text in of_template(path))), "\n".join(wrong)


def test_no_page_no_problem_and_no_explanation_says_another_word() -> None:
    wrong = list[str]()
    shared = [Path("shared/practice/explain.py"), Path("shared/http/problems.py")]
    for path in [*shared, *files("services")]:
        if not NO_WORDS & {*path.parts}:
            # The errors of an API name its fields.
            wrong += of_all(of_module(path), codes="console" in path.parts)
    assert not wrong, "\n".join(wrong)


def test_no_rule_of_ours_says_another_word() -> None:
    data = json.loads((ROOT / "shared/practice/defaults.json").read_text(encoding="utf-8"))
    said = [
        (clock["key"], " | ".join(str(clock.get(name) or "") for name in ("name", "asks", "off_reason", "source")))
        for clock in data["clocks"]
    ]
    assert said and not (wrong := of_all(said)), "\n".join(wrong)


@pytest.mark.parametrize("kind", list(Kind))
def test_no_email_says_another_word(kind: Kind) -> None:
    lines = [message.Line("7K2M9QXW", state, late=late) for state in State for late in (False, True)]
    who = "Synthetic", "01632 960001", "Synthetic", "https://synthetic.invalid", "01632 960000", "synthetic.invalid"
    letter, one = message.Letter(kind, lines, *who), message.Letter(kind, lines[:1], *who)
    for each in (letter, one):
        assert not (wrong := faults(f"{message.subject(each)} {message.body(each)}")), "\n".join(wrong)


def test_no_command_says_another_word() -> None:
    runner, wrong = CliRunner(), list[str]()
    application = cli._application([])
    for name in cli.commands():
        shown = runner.invoke(application, [name, "--help"]).output
        wrong += of_all([(f"alongside {name} --help", shown)], codes=False)
    for path in (*files("deploy/cli"), *files("deploy/demo"), *map(Path, PRINTED)):
        wrong += of_all(of_module(path), codes=False)
    assert not wrong, "\n".join(wrong)
