"""What a service answers when it does not do what it was asked."""

from typing import Any, cast

import httpx

from shared.http.problems import Wrong

# The rule of a key under which something else was done before, and what that means to whoever changed a form after its
# answer was lost on the way.
_USED = "used_with_another_body"
KEPT_BEFORE = (
    "What you sent from this page first is recorded, and this is not. "
    "Open the page again to see it, and change it there."
)


class Refused(Exception):
    """A service said no (4xx) and changed nothing. `detail` and `errors` are words for the person at the page."""

    def __init__(self, status: int, detail: str, errors: list[Wrong], body: dict[str, Any]) -> None:
        super().__init__(f"refused with {status}")
        self.status, self.detail, self.errors, self.body = status, detail, errors, body

    @property
    def rule(self) -> str | None:
        """The rule it broke, a word for programs."""
        return cast("str | None", self.body.get("rule"))

    @property
    def words(self) -> str:
        """What is wrong, as one line."""
        return "; ".join(one.message for one in self.errors) if self.errors else self.detail

    @property
    def kept_before(self) -> bool:
        """An earlier press of the same form was taken, with other words than are sent now."""
        return any(one.rule == _USED for one in self.errors)

    @property
    def legal(self) -> list[str]:
        """The moves that are possible instead."""
        return cast("list[str]", self.body.get("legal", []))

    @classmethod
    def of(cls, response: httpx.Response) -> "Refused":
        body = _body(response)
        errors = [_wrong(one) for one in cast("list[dict[str, Any]]", body.get("errors", []))]
        return cls(response.status_code, str(body.get("detail", "This is not possible.")), errors, body)

    @classmethod
    def fields(cls, wrong: list[Wrong]) -> "Refused":
        """The same, found by the page itself."""
        return cls(422, "Something on this page needs another look.", wrong, {})

    @classmethod
    def field(cls, wrong: Wrong) -> "Refused":
        return cls.fields([wrong])


class Away(Exception):
    """A service does not answer, or not in time. What was asked of it may or may not have been done: asking again
    under the same key is safe."""

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
