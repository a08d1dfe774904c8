"""Create the tables of intake: people, contacts, consents, disclosures and what belongs to them."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.db import platform_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def row(table: str) -> list[sa.Column[Any] | sa.Constraint]:
    """Return the columns of every care table."""
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    ]


def upgrade() -> None:
    platform_tables.create(op)
    op.create_table(
        "partner_links",
        sa.Column("person_key", sa.LargeBinary(), nullable=False),
        sa.Column("link_sealed", sa.LargeBinary(), nullable=False),
        *row("partner_links"),
    )
    op.create_index("ix_partner_links_person_key", "partner_links", ["person_key"])
    op.create_index("ix_partner_links_team_id", "partner_links", ["team_id"])
    op.create_table(
        "people",
        sa.Column("alias_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("aliases_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("language_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("engagement", sa.String(), nullable=False),
        sa.Column("engagement_since", INSTANT, nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("case_opened_at", INSTANT, nullable=True),
        sa.Column("said_no_at", INSTANT, nullable=True),
        sa.Column("said_no_until", INSTANT, nullable=True),
        sa.Column("died_at", INSTANT, nullable=True),
        *row("people"),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("ix_people_team_id", "people", ["team_id"])
    op.create_index("ix_people_team_id_recorded_at_id", "people", ["team_id", "recorded_at", "id"])
    op.create_table(
        "yearly_counts",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "year", "kind", name="pk_yearly_counts"),
    )
    op.create_table(
        "alias_tokens",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_alias_tokens_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "token", name="pk_alias_tokens"),
    )
    op.create_index("ix_alias_tokens_token_team_id", "alias_tokens", ["token", "team_id"])
    op.create_table(
        "concerns",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("noticed_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("lead_told_at", INSTANT, nullable=True),
        sa.Column("lead_told_by", sa.String(), nullable=True),
        sa.Column("told_sealed", sa.LargeBinary(), nullable=True),
        *row("concerns"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_concerns_person_id_people"),
    )
    op.create_index("ix_concerns_person_id", "concerns", ["person_id"])
    op.create_index("ix_concerns_team_id", "concerns", ["team_id"])
    op.create_table(
        "consents",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("may_tell", postgresql.JSONB(), nullable=False),
        sa.Column("may_tell_us", postgresql.JSONB(), nullable=False),
        sa.Column("how_given", sa.String(), nullable=False),
        sa.Column("given_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("purpose_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("circumstances_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.Column("withdrawn_recorded_at", INSTANT, nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_how", sa.String(), nullable=True),
        sa.Column("withdrawal_sealed", sa.LargeBinary(), nullable=True),
        *row("consents"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_consents_person_id_people"),
    )
    op.create_index("ix_consents_person_id_agency_id", "consents", ["person_id", "agency_id"])
    op.create_index("ix_consents_team_id", "consents", ["team_id"])
    op.create_table(
        "contacts",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("place_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sighting_sealed", sa.LargeBinary(), nullable=True),
        *row("contacts"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_contacts_person_id_people"),
    )
    op.create_index("ix_contacts_person_id_occurred_at_id", "contacts", ["person_id", "occurred_at", "id"])
    op.create_index("ix_contacts_team_id", "contacts", ["team_id"])
    op.create_table(
        "deaths",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        *row("deaths"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_deaths_person_id_people"),
        sa.UniqueConstraint("person_id", name="uq_deaths_person_id"),
    )
    op.create_index("ix_deaths_team_id", "deaths", ["team_id"])
    op.create_table(
        "engagement_changes",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        *row("engagement_changes"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_engagement_changes_person_id_people"),
    )
    op.create_index("ix_engagement_changes_person_id", "engagement_changes", ["person_id"])
    op.create_index("ix_engagement_changes_team_id", "engagement_changes", ["team_id"])
    op.create_table(
        "legal_bases",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("grounds", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("overrides", sa.Boolean(), nullable=False),
        sa.Column("override_sealed", sa.LargeBinary(), nullable=True),
        *row("legal_bases"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_legal_bases_person_id_people"),
    )
    op.create_index("ix_legal_bases_person_id_agency_id", "legal_bases", ["person_id", "agency_id"])
    op.create_index("ix_legal_bases_team_id", "legal_bases", ["team_id"])
    op.create_table(
        "safe_contacts",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("told_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        *row("safe_contacts"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_safe_contacts_person_id_people"),
        sa.UniqueConstraint("person_id", name="uq_safe_contacts_person_id"),
    )
    op.create_index("ix_safe_contacts_team_id", "safe_contacts", ["team_id"])
    op.create_table(
        "said_no_answers",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("opened", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        *row("said_no_answers"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_said_no_answers_person_id_people"),
    )
    op.create_index("ix_said_no_answers_person_id", "said_no_answers", ["person_id"])
    op.create_index("ix_said_no_answers_team_id", "said_no_answers", ["team_id"])
    op.create_table(
        "sealed_facts",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        *row("sealed_facts"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sealed_facts_person_id_people"),
        sa.UniqueConstraint("person_id", name="uq_sealed_facts_person_id"),
    )
    op.create_index("ix_sealed_facts_team_id", "sealed_facts", ["team_id"])
    op.create_table(
        "permits",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("legal_basis_id", sa.Uuid(), nullable=True),
        sa.Column("granted_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        *row("permits"),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name="fk_permits_consent_id_consents"),
        sa.ForeignKeyConstraint(["legal_basis_id"], ["legal_bases.id"], name="fk_permits_legal_basis_id_legal_bases"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_permits_person_id_people"),
    )
    op.create_index(
        "ix_permits_expires_at_live", "permits", ["expires_at"], postgresql_where=sa.text("outcome = 'live'")
    )
    op.create_index("ix_permits_legal_basis_id", "permits", ["legal_basis_id"])
    op.create_index("ix_permits_person_id_agency_id", "permits", ["person_id", "agency_id"])
    op.create_index("ix_permits_team_id", "permits", ["team_id"])
    op.create_index(
        "uq_permits_request_id_live",
        "permits",
        ["request_id"],
        unique=True,
        postgresql_where=sa.text("outcome = 'live'"),
    )
    op.create_table(
        "disclosures",
        sa.Column("permit_id", sa.Uuid(), nullable=True),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("legal_basis_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("how", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("told_sealed", sa.LargeBinary(), nullable=True),
        *row("disclosures"),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name="fk_disclosures_consent_id_consents"),
        sa.ForeignKeyConstraint(
            ["legal_basis_id"], ["legal_bases.id"], name="fk_disclosures_legal_basis_id_legal_bases"
        ),
        sa.ForeignKeyConstraint(["permit_id"], ["permits.id"], name="fk_disclosures_permit_id_permits"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_disclosures_person_id_people"),
        sa.UniqueConstraint("permit_id", name="uq_disclosures_permit_id"),
    )
    op.create_index("ix_disclosures_person_id_agency_id", "disclosures", ["person_id", "agency_id"])
    op.create_index("ix_disclosures_team_id", "disclosures", ["team_id"])


def downgrade() -> None:
    for table in reversed(
        (
            "partner_links",
            "people",
            "yearly_counts",
            "alias_tokens",
            "concerns",
            "consents",
            "contacts",
            "deaths",
            "engagement_changes",
            "legal_bases",
            "safe_contacts",
            "said_no_answers",
            "sealed_facts",
            "permits",
            "disclosures",
        )
    ):
        op.drop_table(table)
    platform_tables.drop(op)
