"""The network address of an anonymous visitor, as the console forwards it to a service.

A service limits the guesses of anonymous visitors by their address. Their requests arrive through the console, so the
console names the visitor's address and signs it with the key of its bearer tokens: nobody else on the machine or the
network can choose an address.
"""

import time

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.access.signatures import ED25519
from shared.access.tokens import LEEWAY_SECONDS, SIGNATURES

__all__ = ["HEADER", "issue", "verify"]

HEADER = "Alongside-Visitor"
_AUDIENCE = "alongside-visitor"
_SECONDS = 60
_LONGEST_ADDRESS = 64


def issue(private_key: OKPKey, address: str) -> str:
    """Sign that the request comes from `address` (IPv4 or IPv6 as text); the signature is valid for a minute."""
    claims = {"aud": _AUDIENCE, "sub": address[:_LONGEST_ADDRESS], "exp": int(time.time()) + _SECONDS}
    return jwt.encode({"alg": ED25519, "typ": "JWT"}, claims, private_key, registry=SIGNATURES)


def verify(public_key: OKPKey, signed: str) -> str | None:
    """Return the signed address; None when the signature, audience or expiry is not valid."""
    try:
        decoded = jwt.decode(signed, public_key, registry=SIGNATURES)
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(time.time()),
            leeway=LEEWAY_SECONDS,
            sub={"essential": True},
            aud={"essential": True, "value": _AUDIENCE},
            exp={"essential": True},
        )
        registry.validate(decoded.claims)
    except (JoseError, ValueError, KeyError, TypeError):
        return None
    address = decoded.claims["sub"]
    return address if isinstance(address, str) and address else None
