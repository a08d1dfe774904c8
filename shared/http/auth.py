"""Authentication of requests: from a bearer token to an actor."""

from typing import Annotated, cast

from fastapi import Depends, Request

from shared.access import programs, tokens
from shared.access.table import may_act
from shared.context import Actor, correlation
from shared.http import program_keys
from shared.http.problems import forbidden, unauthenticated
from shared.http.state import services_of
from shared.metrics import counted


async def authenticate(request: Request) -> Actor:
    """Return the actor of the request's token, or of its program key.

    Raise a 401 problem that says no more than what is wrong with it.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthenticated("Send a bearer token.")
    services = services_of(request)
    if token.strip().startswith(programs.PREFIX):
        return await program_keys.check(services.database, token.strip())
    try:
        claims = tokens.verify(services.token_public_key, token.strip(), services.settings.token_audience)
    except tokens.BadToken as error:
        raise unauthenticated(f"Sign in again: {error}.") from None
    return Actor(claims.sub, claims.role, claims.teams, correlation())


def stranger() -> Actor:
    """Return the actor of a public route. The secret in the request, not a team, decides what the caller may see."""
    return Actor.service("public")


def authorize(actor: Actor, action: str) -> None:
    """Raise a 403 problem when this role may do the action on no row."""
    if may_act(actor, action) is None:
        if actor.scopes is not None:
            counted.program_refused("scope")
        raise forbidden()


# Async although nothing is awaited: the framework runs plain functions in a thread, which costs more than the function.
async def _who(request: Request) -> Actor:
    return cast(Actor, request.state.actor)


Who = Annotated[Actor, Depends(_who)]
"""The actor of this request."""
