"""Who is asking: a bearer token in, an actor out."""

from typing import Annotated, cast

from fastapi import Depends, Request

from shared.access import tokens
from shared.access.table import may_act
from shared.context import Actor, correlation
from shared.http.problems import forbidden, unauthenticated
from shared.http.state import services_of


def authenticate(request: Request) -> Actor:
    """The actor of the request's token. Raises a 401 problem; it never says more than the token's own
    fault."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthenticated("Send a bearer token.")
    services = services_of(request)
    try:
        claims = tokens.verify(services.token_public_key, token.strip(), services.settings.token_audience)
    except tokens.BadToken as error:
        raise unauthenticated(f"Sign in again: {error}.") from None
    return Actor(claims.sub, claims.role, claims.teams, correlation())


def stranger() -> Actor:
    """Whoever calls a public route. What they may see is decided by the secret they bring, not by a team."""
    return Actor.service("public")


def authorize(actor: Actor, action: str) -> None:
    """Raises a 403 problem when this role never may."""
    if may_act(actor, action) is None:
        raise forbidden()


# Async although nothing waits: the framework runs plain functions in a thread, which costs more than they do.
async def _who(request: Request) -> Actor:
    return cast(Actor, request.state.actor)


Who = Annotated[Actor, Depends(_who)]
"""The actor of this request."""
