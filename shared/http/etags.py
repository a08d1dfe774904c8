"""Optimistic locking over HTTP: a row's version is its ETag."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Response

from shared.http.problems import problem

T = TypeVar("T")


def etag(version: int) -> str:
    """Return the strong ETag of a row's version."""
    return f'"{version}"'


@dataclass(frozen=True)
class Match:
    """The If-Match header of this request."""

    header: str | None

    def check(self, version: int) -> None:
        """Raise unless the client last read exactly this version: 428 without If-Match, 412 when the ETag is stale."""
        if self.header is None or self.header.strip() == "*":
            raise problem(428, "Send If-Match with the ETag you last saw.", field="If-Match", rule="missing")
        if etag(version) not in {tag.strip() for tag in self.header.split(",")}:
            raise problem(412, "It has changed since you last saw it. Read it again, then decide.")

    def check_if_sent(self, version: int) -> None:
        """Check the version only if the client sent If-Match, for a POST that does not require a prior read."""
        if self.header is not None:
            self.check(version)


async def _if_match(
    if_match: Annotated[
        str | None, Header(alias="If-Match", max_length=200, description='The ETag last seen, e.g. "3".')
    ] = None,
) -> Match:
    return Match(if_match)


IfMatch = Annotated[Match, Depends(_if_match)]


async def _tag(response: Response) -> Callable[[Any], Any]:
    def tag(view: T) -> T:
        response.headers["ETag"] = etag(view.version)  # type: ignore[attr-defined]
        return view

    return tag


Tag = Annotated[Callable[[Any], Any], Depends(_tag)]
"""A function for `return tag(view)`: it sets the view's version as the ETag of the response."""
