"""What a rule does to a typical case, as a picture and in words. Pure."""

from markupsafe import Markup

from services.console.ladders.words import Json, act, on, place
from services.console.plots.steps import StepMark, steps
from services.console.web.words import instant


def draw(name: str, title: str, clock: Json, example: Json, longest: float) -> Markup:
    """Draw a typical case; `name` keeps its ids unique on the page, `longest` is the scale of all plots there."""
    return steps(name, title, marks(clock, example), longest)


def longest(*examples: Json) -> float:
    """Return how long the longest of these cases takes, in seconds."""
    return max(_after(each, at) for each in examples for at in _instants(each))


def marks(clock: Json, example: Json) -> list[StepMark]:
    """Return the steps in order of time, with the deadline among them."""
    up = StepMark("The time is up", _on(example, example["deadline"]), _after(example, example["deadline"]), up=True)
    each = [
        StepMark(act(step, clock), f"{_on(example, step['at'])}{_again(step)}", _after(example, step["at"]))
        for step in example["steps"]
    ]
    return sorted([up, *each], key=lambda mark: (mark.after, not mark.up))


def in_words(clock: Json, example: Json) -> list[str]:
    """Write the picture as sentences, with the rule that places each step."""
    placed = {act(step, clock): place(step) for step in example["steps"]}
    found: list[str] = []
    for mark in marks(clock, example):
        where = f" ({placed[mark.label]})" if mark.label in placed else ""
        found.append(f"{mark.words}{where}")
    return found


def _instants(example: Json) -> list[str]:
    return [example["deadline"], *(step["at"] for step in example["steps"])]


def _after(example: Json, at: str) -> float:
    return (instant(at) - instant(example["opened_at"])).total_seconds()


def _on(example: Json, at: str) -> str:
    return on(at, to_the_minute=example["in_hours"])


def _again(step: Json) -> str:
    return ", and again" if step["every"] else ""
