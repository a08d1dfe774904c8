"""The tables of intake as of the first release, noun by noun; later changes are revisions of their own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.db import platform_v1

revision = "v1"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    platform_v1.create(op)
    _counts()
    _partner_link()
    _person()
    _concern()
    _consent()
    _contact()
    _died()
    _legal_basis()
    _oversight()
    _permit()
    _disclosure()
    _said_no()
    _strike()


def _counts() -> None:
    op.create_table(
        "yearly_counts",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "year", "kind", name="pk_yearly_counts"),
    )


def _partner_link() -> None:
    op.create_table(
        "partner_links",
        sa.Column("person_key", sa.LargeBinary(), nullable=False),
        sa.Column("link_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_partner_links"),
    )
    op.create_index("ix_partner_links_person_key", "partner_links", ["person_key"])
    op.create_index("ix_partner_links_team_id", "partner_links", ["team_id"])


def _person() -> None:
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
        sa.Column("names_edition", sa.Integer(), server_default="0", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_index("ix_people_team_id", "people", ["team_id"])
    op.create_index("ix_people_team_id_recorded_at_id", "people", ["team_id", "recorded_at", "id"])
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
        "engagement_changes",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_engagement_changes_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_engagement_changes"),
    )
    op.create_index("ix_engagement_changes_person_id", "engagement_changes", ["person_id"])
    op.create_index("ix_engagement_changes_team_id", "engagement_changes", ["team_id"])
    op.create_table(
        "safe_contacts",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("told_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_safe_contacts_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_safe_contacts"),
        sa.UniqueConstraint("person_id", name="uq_safe_contacts_person_id"),
    )
    op.create_index("ix_safe_contacts_team_id", "safe_contacts", ["team_id"])
    op.create_table(
        "sealed_facts",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sealed_facts_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_sealed_facts"),
        sa.UniqueConstraint("person_id", name="uq_sealed_facts_person_id"),
    )
    op.create_index("ix_sealed_facts_team_id", "sealed_facts", ["team_id"])


def _concern() -> None:
    op.create_table(
        "concerns",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("noticed_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("lead_told_at", INSTANT, nullable=True),
        sa.Column("lead_told_by", sa.String(), nullable=True),
        sa.Column("told_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("struck_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_concerns_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_concerns"),
    )
    op.create_index("ix_concerns_person_id", "concerns", ["person_id"])
    op.create_index("ix_concerns_team_id", "concerns", ["team_id"])


def _consent() -> None:
    op.create_table(
        "consents",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("may_tell", JSONB(), nullable=False),
        sa.Column("may_tell_us", JSONB(), nullable=False),
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
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_consents_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_person_id_agency_id", "consents", ["person_id", "agency_id"])
    op.create_index("ix_consents_team_id", "consents", ["team_id"])


def _contact() -> None:
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
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("struck_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_contacts_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_person_id_occurred_at_id", "contacts", ["person_id", "occurred_at", "id"])
    op.create_index("ix_contacts_team_id", "contacts", ["team_id"])


def _died() -> None:
    op.create_table(
        "deaths",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("struck_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_deaths_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_deaths"),
    )
    op.create_index("ix_deaths_team_id", "deaths", ["team_id"])
    op.create_index(
        "uq_deaths_one_standing", "deaths", ["person_id"], unique=True, postgresql_where=sa.text("struck_at IS NULL")
    )


def _legal_basis() -> None:
    op.create_table(
        "legal_bases",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("grounds", JSONB(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("overrides", sa.Boolean(), nullable=False),
        sa.Column("override_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_legal_bases_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_legal_bases"),
    )
    op.create_index("ix_legal_bases_person_id_agency_id", "legal_bases", ["person_id", "agency_id"])
    op.create_index("ix_legal_bases_team_id", "legal_bases", ["team_id"])


def _oversight() -> None:
    op.create_table(
        "oversight",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("basis_id", sa.Uuid(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("for_role", sa.String(), nullable=False),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.Column("why_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["basis_id"], ["legal_bases.id"], name="fk_oversight_basis_id_legal_bases"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_oversight_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_oversight"),
        sa.UniqueConstraint("record_id", name="uq_oversight_record_id"),
    )
    op.create_index("ix_oversight_basis_id", "oversight", ["basis_id"])
    op.create_index("ix_oversight_person_id", "oversight", ["person_id"])
    op.create_index("ix_oversight_team_id", "oversight", ["team_id"])


def _permit() -> None:
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
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name="fk_permits_consent_id_consents"),
        sa.ForeignKeyConstraint(["legal_basis_id"], ["legal_bases.id"], name="fk_permits_legal_basis_id_legal_bases"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_permits_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_permits"),
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


def _disclosure() -> None:
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
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name="fk_disclosures_consent_id_consents"),
        sa.ForeignKeyConstraint(
            ["legal_basis_id"], ["legal_bases.id"], name="fk_disclosures_legal_basis_id_legal_bases"
        ),
        sa.ForeignKeyConstraint(["permit_id"], ["permits.id"], name="fk_disclosures_permit_id_permits"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_disclosures_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_disclosures"),
        sa.UniqueConstraint("permit_id", name="uq_disclosures_permit_id"),
    )
    op.create_index("ix_disclosures_person_id_agency_id", "disclosures", ["person_id", "agency_id"])
    op.create_index("ix_disclosures_team_id", "disclosures", ["team_id"])


def _said_no() -> None:
    op.create_table(
        "said_no_answers",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("opened", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("struck_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_said_no_answers_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_said_no_answers"),
    )
    op.create_index("ix_said_no_answers_person_id", "said_no_answers", ["person_id"])
    op.create_index("ix_said_no_answers_team_id", "said_no_answers", ["team_id"])


def _strike() -> None:
    op.create_table(
        "strikes",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("why_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_strikes_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_strikes"),
        sa.UniqueConstraint("record_id", name="uq_strikes_record_id"),
    )
    op.create_index("ix_strikes_person_id", "strikes", ["person_id"])
    op.create_index("ix_strikes_team_id", "strikes", ["team_id"])


def downgrade() -> None:
    for table in (
        "disclosures",
        "permits",
        "oversight",
        "strikes",
        "sealed_facts",
        "said_no_answers",
        "safe_contacts",
        "legal_bases",
        "engagement_changes",
        "deaths",
        "contacts",
        "consents",
        "concerns",
        "alias_tokens",
        "yearly_counts",
        "people",
        "partner_links",
    ):
        op.drop_table(table)
    platform_v1.drop(op)
