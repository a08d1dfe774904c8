"""What a service answers when it refuses a request, or does not answer."""

from typing import Any, cast

import httpx

from shared.http.problems import Wrong
from shared.http.validation import is_shape

# The rule broken by a key that was used before with another body, and what that means to somebody who changed a form
# after its answer was lost.
_USED = "used_with_another_body"
KEPT_BEFORE = (
    "What you sent from this page first is recorded, and this is not. "
    "Open the page again to see it, and change it there."
)
# In place of what a service says about the shape of a request.
NOT_RIGHT = "Something is missing or not in the right form. Check the page and send it again."


class Refused(Exception):
    """A service refused (4xx) and changed nothing. `detail` and `errors` are words for whoever reads the page."""

    def __init__(self, status: int, detail: str, errors: list[Wrong], body: dict[str, Any]) -> None:
        super().__init__(f"refused with {status}")
        self.status, self.detail, self.errors, self.body = status, detail, errors, body

    @property
    def rule(self) -> str | None:
        """Return the broken rule, a word for programs."""
        return cast("str | None", self.body.get("rule"))

    @property
    def words(self) -> str:
        """Return the errors as one line."""
        said = [one.message for one in self.errors] or [self.detail]
        return "; ".join(dict.fromkeys(NOT_RIGHT if is_shape(one) else one for one in said))

    @property
    def kept_before(self) -> bool:
        """Return whether an earlier press of the same form was accepted with another body."""
        return any(one.rule == _USED for one in self.errors)

    @property
    def legal(self) -> list[str]:
        """Return the moves that are possible instead."""
        return cast("list[str]", self.body.get("legal", []))

    @classmethod
    def of(cls, response: httpx.Response) -> "Refused":
        body = _body(response)
        errors = [_wrong(one) for one in cast("list[dict[str, Any]]", body.get("errors", []))]
        return cls(response.status_code, str(body.get("detail", "This is not possible.")), errors, body)

    @classmethod
    def fields(cls, wrong: list[Wrong]) -> "Refused":
        """Return a refusal by the page's own checks."""
        return cls(422, "Something on this page needs another look.", wrong, {})

    @classmethod
    def field(cls, wrong: Wrong) -> "Refused":
        return cls.fields([wrong])


class Away(Exception):
    """A service did not answer, or not in time.

    The request may or may not have been carried out: repeating it with the same key is safe.
    """

    def __init__(self, service: str) -> None:
        super().__init__(f"{service} does not answer")
        self.service = service


def _wrong(one: dict[str, Any]) -> Wrong:
    rule = str(one.get("rule", ""))
    return Wrong(str(one.get("field", "")), rule, KEPT_BEFORE if rule == _USED else str(one.get("message", "")))


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}
