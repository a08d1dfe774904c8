"""A link from one of our files to another person's file."""

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from shared.crypto.sealed import SealedJson, sealed_column
from shared.db.base import Row


class PartnerLink(Row, Base):
    """Everything is sealed; `person_key` is a keyed hash, so that even whose file has a link cannot be read here.

    There is no foreign key to the other file, and nothing ever looks at it: that is why nothing about it can be told
    from an answer or from how long the answer took.
    """

    __tablename__ = "partner_links"

    person_key: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    link_sealed: Mapped[bytes] = sealed_column(nullable=False)
    link = SealedJson("link")
