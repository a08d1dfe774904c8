"""Names, joined to ids when a page is shown, for those allowed to see them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from markupsafe import Markup

from shared.access.roles import Role
from shared.access.table import may

if TYPE_CHECKING:
    from services.console.backend.client import Service

# The most that intake accepts in one request.
AT_ONCE = 500
NOT_SHOWN = "Name not shown"


class PersonName(str):
    """The name of a person.

    A template writes it in a `<bdi>` of its own, so that a name that is read from right to left does not move the
    reference or time beside it to its other side.
    """

    def __html__(self) -> str:
        return Markup("<bdi>{}</bdi>").format(str(self))


def named(body: dict[str, Any]) -> dict[str, Any]:
    """Mark the alias in an object of an API's answer as a PersonName (an `object_hook` of `json.loads`)."""
    if isinstance(alias := body.get("alias"), str):
        body["alias"] = PersonName(alias)
    return body


def isolated(text: str) -> str:
    """Isolate a name where no element may stand, by characters: in a title, a choice of a list, an email."""
    return f"\u2068{text!s}\u2069" if hasattr(text, "__html__") else text


class Names:
    """Names by id, as UUID or text; an id the reader may not see reads `NOT_SHOWN`."""

    def __init__(self, found: dict[str, str], absent: str = NOT_SHOWN) -> None:
        self._found, self._absent = found, absent

    def __getitem__(self, key: str | UUID) -> str:
        found = self._found.get(str(key))
        return self._absent if found is None else PersonName(found)

    def __contains__(self, key: str | UUID) -> bool:
        return str(key) in self._found


async def of_people(intake: "Service", role: Role, ids: Iterable[str | UUID | None]) -> Names:
    """Return the aliases of these people, 500 in one request; no names for a role that may not read people."""
    wanted = sorted({str(one) for one in ids if one})
    if not wanted or may(role, "person.read") is None:
        return Names({})
    found: dict[str, str] = {}
    for start in range(0, len(wanted), AT_ONCE):
        answer = await intake.post("/people/names", {"ids": wanted[start : start + AT_ONCE]})
        found |= {row["id"]: row["alias"] for row in answer["items"]}
    return Names(found)
