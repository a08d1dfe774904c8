"""Types that several nouns use: user ids."""

from typing import Annotated

from pydantic import StringConstraints

# Ids of staff accounts are the console's; here they are opaque, printable and short.
UserId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.@:+-]{1,100}$")]
