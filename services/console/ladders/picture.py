"""What a rule does to a typical case, as a picture and in words. Pure."""

from markupsafe import Markup

from services.console.ladders.words import Json, act, on, place
from services.console.plots.steps import StepMark, steps
from services.console.web.words import instant


def draw(name: str, title: str, clock: Json, example: Json, longest: float) -> Markup:
    """`name` makes it its own on the page; `longest` is the scale that it shares with what stands beside it."""
    return steps(name, title, marks(clock, example), longest)


def longest(*examples: Json) -> float:
    """How long the longest of these cases takes."""
    return max(_after(each, at) for each in examples for at in _instants(each))


def marks(clock: Json, example: Json) -> list[StepMark]:
    """The steps in time, with the end of the time among them."""
    up = StepMark("The time is up", _on(example, example["deadline"]), _after(example, example["deadline"]), up=True)
    each = [
        StepMark(act(step, clock), f"{_on(example, step['at'])}{_again(step)}", _after(example, step["at"]))
        for step in example["steps"]
    ]
    return sorted([up, *each], key=lambda mark: (mark.after, not mark.up))


def in_words(clock: Json, example: Json) -> list[str]:
    """The same without the picture, with what places each step."""
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
