"""Names, joined to ids at the moment they are shown, for those allowed to see them."""

from collections.abc import Iterable
from uuid import UUID

from services.console.back.client import Service
from shared.access.roles import Role
from shared.access.table import may

# As many as intake answers at once.
AT_ONCE = 500
NOT_SHOWN = "Name not shown"


class Names:
    """Names by id, whether the id is text or not; what is not ours to see reads `NOT_SHOWN`."""

    def __init__(self, found: dict[str, str], absent: str = NOT_SHOWN) -> None:
        self._found, self._absent = found, absent

    def __getitem__(self, key: str | UUID) -> str:
        return self._found.get(str(key), self._absent)

    def __contains__(self, key: str | UUID) -> bool:
        return str(key) in self._found


async def of_people(intake: Service, role: Role, ids: Iterable[str | UUID | None]) -> Names:
    """The aliases of these people, in one call for all of them (more only above 500)."""
    wanted = sorted({str(one) for one in ids if one})
    if not wanted or may(role, "person.read") is None:
        return Names({})
    found: dict[str, str] = {}
    for start in range(0, len(wanted), AT_ONCE):
        answer = await intake.post("/people/names", {"ids": wanted[start : start + AT_ONCE]})
        found |= {row["id"]: row["alias"] for row in answer["items"]}
    return Names(found)
