"""The signature algorithm of tokens: Ed25519, which older programs still call EdDSA (RFC 9864)."""

from typing import Final

from joserfc.jwa import JWSAlgModel
from joserfc.jws import JWSRegistry

ED25519: Final = "Ed25519"
_OLDER_NAME: Final = "EdDSA"


class Signatures(JWSRegistry):
    """A registry that accepts EdDSA as an older name of Ed25519, and of no other curve."""

    def get_alg(self, name: str) -> JWSAlgModel:
        """Return the allowed algorithm of this name. Raise UnsupportedAlgorithmError for any other."""
        return super().get_alg(ED25519 if name == _OLDER_NAME else name)
