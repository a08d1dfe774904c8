"""Tags: a state in words, with a colour only where the colour means something.

`{{ tag("Sent") }}` is a state, and has no colour. `due`: today. `late`: its day is over. `unsafe`: somebody may be
harmed. `done`: it went well. Three things are known by a shape as well, wherever they are said.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from markupsafe import Markup

Meaning = Literal["state", "due", "late", "unsafe", "done"]

CLASSES: Final[dict[Meaning, str]] = {
    "state": "nhsuk-tag--white",
    "due": "nhsuk-tag--orange",
    "late": "nhsuk-tag--red",
    "unsafe": "nhsuk-tag--red",
    "done": "nhsuk-tag--green",
}
# What the NHS component's colours mean here, for templates that name one: `nhsuk.tag` is this tag too.
_BY_COLOUR: Final[dict[str, Meaning]] = {"orange": "due", "yellow": "due", "red": "late", "green": "done"}
_SHAPES: Final[dict[str, str]] = {
    "Urgent": '<path d="M8 2l6.5 12h-13zM8 6.5v3.5m0 1.4v1"/>',
    "In prison": '<path d="M2 1v14m4-14v14m4-14v14m4-14v14M1 4h14M1 12h14"/>',
    "Out of touch": '<circle cx="8" cy="8" r="6.5" stroke-dasharray="3 2"/><path d="M3 13L13 3"/>',
}
_SVG = Markup(
    '<svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" aria-hidden="true">{}</svg>'
)
_TAG = Markup('<strong class="nhsuk-tag console-tag {}" data-means="{}">{}{}</strong>')


def tag(text: str, means: Meaning = "state") -> Markup:
    """Return a tag, with the shape of what its text begins with."""
    shape = next((_SVG.format(Markup(drawn)) for words, drawn in _SHAPES.items() if text.startswith(words)), "")
    return _TAG.format(CLASSES[means], means, shape, text)


def of_component(params: Mapping[str, Any]) -> Markup:
    """Return the tag for the parameters of the NHS component."""
    if params["text"] == "Late":
        return tag("Late", "late")
    colours = re.findall(r"nhsuk-tag--([\w-]+)", str(params.get("classes") or ""))
    return tag(str(params["text"]), _BY_COLOUR.get(colours[0], "state") if colours else "state")
