"""Sealed columns: what is written is unreadable, and opens in its own row and column only."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import MetaData, select, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.crypto.keyring import Keyring, SealBroken, use
from shared.crypto.sealed import Sealed, SealedJson, sealed_column
from shared.ids import new_id
from shared.settings import Settings


class Base(DeclarativeBase):
    metadata = MetaData(info={"service": "intake"})


class Columns:
    id: Mapped[UUID] = mapped_column(primary_key=True)
    note_sealed: Mapped[bytes | None] = sealed_column()
    other_sealed: Mapped[bytes | None] = sealed_column()
    facts_sealed: Mapped[bytes | None] = sealed_column()
    note = Sealed("note")
    other = Sealed("other")
    facts = SealedJson("facts")


class Contact(Columns, Base):
    __tablename__ = "sealed_contacts"


class Person(Columns, Base):
    __tablename__ = "sealed_people"


class ElsewhereBase(DeclarativeBase):
    metadata = MetaData(info={"service": "casework"})


class Elsewhere(Columns, ElsewhereBase):
    __tablename__ = "sealed_contacts"


def test_a_value_is_sealed_when_set_and_opened_when_read(ring: Keyring) -> None:
    row = Contact(id=new_id(), note="Canary", facts={"reasons": ["Canary", 2]})
    assert row.note_sealed and b"Canary" not in row.note_sealed
    assert row.facts_sealed and b"Canary" not in row.facts_sealed
    assert (row.note, row.facts, row.other) == ("Canary", {"reasons": ["Canary", 2]}, None)
    row.note = None
    assert row.note_sealed is None and row.note is None


def test_the_row_must_be_known_first(ring: Keyring) -> None:
    with pytest.raises(TypeError, match="set id first") as refused:
        Contact(note="Canary", id=new_id())
    assert "Canary" not in str(refused.value)


def moved(to: Any, column: str, sealed: bytes | None) -> Any:
    setattr(to, f"{column}_sealed", sealed)
    return getattr(to, column)


def test_a_ciphertext_moved_anywhere_else_does_not_open(ring: Keyring) -> None:
    row = Contact(id=new_id(), note="Canary")
    assert moved(Contact(id=row.id), "note", row.note_sealed) == "Canary"
    for to, column in (
        (Contact(id=new_id()), "note"),  # another row
        (Contact(id=row.id), "other"),  # another column
        (Person(id=row.id), "note"),  # another table
        (Elsewhere(id=row.id), "note"),  # another service
    ):
        with pytest.raises(SealBroken):
            moved(to, column, row.note_sealed)


def test_a_changed_byte_does_not_open(ring: Keyring) -> None:
    row = Contact(id=new_id(), note="Canary")
    assert row.note_sealed
    row.note_sealed = row.note_sealed[:-1] + bytes([row.note_sealed[-1] ^ 1])
    with pytest.raises(SealBroken):
        _ = row.note


def test_lengths_do_not_tell_one_label_from_another(ring: Keyring) -> None:
    labels = ("other", "street drinking", "partner of somebody known to a sister service")
    sizes = {len(Contact(id=new_id(), note=label).note_sealed or b"") for label in labels}
    assert len(sizes) == 1


@pytest.mark.parametrize("value", ["", "é" * 4000, "line\nline", "x" * 60, "x" * 61])
def test_any_text_comes_back_whole(ring: Keyring, value: str) -> None:
    assert Contact(id=new_id(), note=value).note == value


async def test_nothing_readable_reaches_the_database(ring: Keyring, settings: Settings) -> None:
    use(ring)  # the stack's own keyring came into use with its settings
    engine = create_async_engine(settings.database_url("intake", "owner"))
    row = Contact(id=new_id(), note="Canary", facts=["Canary"])
    try:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
            async with AsyncSession(connection) as session:
                session.add(row)
                await session.flush()
                session.expunge_all()
                dump = (await session.execute(text("select t::text from sealed_contacts t"))).scalar_one()
                assert "Canary" not in dump and b"Canary".hex() not in dump
                again = (await session.execute(select(Contact))).scalar_one()
                assert (again.note, again.facts) == ("Canary", ["Canary"])
                # Somebody with write access to the table swaps two values of one row: neither opens.
                await session.execute(text("update sealed_contacts set other_sealed = note_sealed"))
                await session.refresh(again)
                with pytest.raises(SealBroken):
                    _ = again.other
            await connection.rollback()
    finally:
        await engine.dispose()
