"""Bearer tokens: JWTs signed with Ed25519. The console signs tokens; services hold only the public key.

Token times are real time, not practice time: a jump of the practice clock must not end every session.
"""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import cast
from uuid import UUID

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import OKPKey

from shared.access.roles import Role
from shared.access.signatures import ED25519, Signatures

SIGNATURES = Signatures(algorithms=[ED25519])
LIFETIME = timedelta(seconds=600)
LEEWAY_SECONDS = 5


class BadToken(Exception):
    """The token is missing, altered, expired or for another audience. The message never repeats the token."""


@dataclass(frozen=True)
class Claims:
    """The claims of a verified token."""

    sub: str
    role: Role
    teams: tuple[UUID, ...]
    expires_at: datetime

    @property
    def seconds_left(self) -> float:
        """The real seconds until the token expires; an event stream opened with the token ends then."""
        return max(self.expires_at.timestamp() - time.time(), 0.0)


def issue(
    private_key: OKPKey,
    sub: str,
    role: Role,
    teams: Iterable[UUID],
    audience: str,
    ttl: timedelta = LIFETIME,
) -> str:
    """Sign a token. Raise ValueError for the internal role ``service``, which no token may carry."""
    if role is Role.SERVICE:
        raise ValueError("role 'service' is for our own processes and is never put in a token")
    issued = int(time.time())
    claims = {
        "sub": sub,
        "role": role.value,
        "teams": [str(t) for t in teams],
        "aud": audience,
        "iat": issued,
        "exp": issued + int(ttl.total_seconds()),
    }
    return jwt.encode({"alg": ED25519, "typ": "JWT"}, claims, private_key, registry=SIGNATURES)


def verify(public_key: OKPKey, token: str, audience: str) -> Claims:
    """Check signature, audience and expiry, and return the claims. Raise BadToken."""
    which = (public_key.thumbprint(), sha256(token.encode("utf-8", "surrogatepass")).digest(), audience)
    claims = _good.get(which)
    if claims is None:
        claims = _check(public_key, token, audience)
        if len(_good) >= _MOST:
            _good.clear()
        _good[which] = claims
    # The expiry is checked on every call, cached or not.
    if claims.expires_at.timestamp() < int(time.time()) - LEEWAY_SECONDS:
        raise _expired()
    return claims


# A token and its signature never change, so a valid token is not verified again with every request of its ten
# minutes. The keys are hashes of the tokens; refused tokens are not cached.
_MOST = 5000
_good: dict[tuple[str, bytes, str], Claims] = {}


def _check(public_key: OKPKey, token: str, audience: str) -> Claims:
    try:
        # We choose the algorithm, never the token: any other is refused before a key is used.
        decoded = jwt.decode(token, public_key, registry=SIGNATURES)
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(time.time()),
            leeway=LEEWAY_SECONDS,
            sub={"essential": True},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )
        registry.validate(decoded.claims)
        return _claims(decoded.claims)
    except ExpiredTokenError as error:
        raise _expired() from error
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise BadToken("the token is not valid here") from error


def _expired() -> BadToken:
    return BadToken("the token has expired; sign in again")


def generate(private_file: Path, public_file: Path) -> None:
    """Write a new key pair: the private half readable by its owner alone."""
    key = OKPKey.generate_key(ED25519)
    handle = os.open(private_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key.as_pem(private=True))
    public_file.write_bytes(key.as_pem(private=False))


def load_key(path: Path) -> OKPKey:
    """Read a private or public key file (PEM). Raise ValueError naming the file when it is not one."""
    try:
        return OKPKey.import_key(path.read_bytes())
    except (JoseError, ValueError, TypeError) as error:
        raise ValueError(f"{path} is not an Ed25519 key in PEM form") from error


def _claims(claims: Mapping[str, object]) -> Claims:
    sub, teams, role = claims["sub"], claims["teams"], Role(str(claims["role"]))
    if not isinstance(sub, str) or not isinstance(teams, list) or role is Role.SERVICE:
        raise ValueError("claims of the wrong shape")
    return Claims(
        sub=sub,
        role=role,
        teams=tuple(UUID(str(team)) for team in cast("list[object]", teams)),
        expires_at=datetime.fromtimestamp(int(str(claims["exp"])), UTC),
    )
