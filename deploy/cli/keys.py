"""`alongside keys`: the keyring and the token keys of an installation that is not the embedded stack."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.errors import StackError


def command(
    folder: Annotated[Path, typer.Option(help="Where the keyring and the public token key go.")],
    signing_folder: Annotated[
        Path | None, typer.Option(help="Where the private token key goes; by default the same folder.")
    ] = None,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Add a key to keys.json and seal with it from the next start on.")
    ] = False,
) -> None:
    """Make what is missing of keys.json, token-private.pem and token-public.pem; never changes what is there."""
    private = (signing_folder or folder) / "token-private.pem"
    if rotate:
        _rotate(folder / "keys.json")
        return
    make(folder / "keys.json", private, folder / "token-public.pem")
    print(f"keys in {folder}, the signing key in {private.parent}: keep copies where nothing else is kept")


def _rotate(file: Path) -> None:
    from shared.crypto.keyring import Keyring, KeyringError

    try:
        ring = Keyring.rotate(file)
    except (KeyringError, OSError) as error:
        raise StackError(f"no key was added: {error}") from None
    print(f"{file} holds {len(ring.ids)} keys, new values are sealed with {ring.active_id} once every process restarts")
    print("what was sealed before opens with the older keys alone: keep them all, and copy the file anew")


def make(keyring: Path, private: Path, public: Path) -> None:
    """Create the missing files. Raise StackError when half of the token pair is lost."""
    from shared.access import tokens
    from shared.crypto.keyring import Keyring

    try:
        for folder in (keyring.parent, private.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not keyring.exists():
            Keyring.generate(keyring)
        if private.exists() and public.exists():
            return
        if public.exists():
            raise StackError(f"{public} is there but {private} is not: restore it, or remove {public} for a new pair")
        private.unlink(missing_ok=True)  # its public half was never written, so nobody accepts its tokens
        tokens.generate(private, public)
    except OSError as error:
        raise StackError(f"keys cannot be written ({error.filename}: {error.strerror})") from None
