"""Name the signature of tokens: Ed25519, which older programs still call EdDSA (RFC 9864)."""

from typing import Final

from joserfc.jwa import JWSAlgModel
from joserfc.jws import JWSRegistry

ED25519: Final = "Ed25519"
_OLDER_NAME: Final = "EdDSA"


class Signatures(JWSRegistry):
    """Allow some algorithms by their names of today; whoever writes EdDSA means Ed25519, and no other curve."""

    def get_alg(self, name: str) -> JWSAlgModel:
        """Get the allowed algorithm of this name. Raises UnsupportedAlgorithmError."""
        return super().get_alg(ED25519 if name == _OLDER_NAME else name)
