"""Tables of links from one person's file to another's."""

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.intake.base import Base
from shared.crypto.sealed import SealedJson, sealed_column
from shared.db.base import Row


class PartnerLink(Row, Base):
    """A link, sealed whole; `person_key` is a keyed hash, so that the table does not reveal whose file has a link.

    There is no foreign key to the other file, and no code reads that file: neither a response nor its duration can
    reveal anything about it.
    """

    __tablename__ = "partner_links"

    person_key: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    link_sealed: Mapped[bytes] = sealed_column(nullable=False)
    link = SealedJson("link")
