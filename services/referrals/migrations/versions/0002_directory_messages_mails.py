"""The directory, messages to agencies with their reply grants, and mails that came in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB()


def upgrade() -> None:
    op.create_table(
        "agencies",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("website", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("secure_mailbox", sa.Boolean(), nullable=False),
        sa.Column("manager_contact", sa.String(), nullable=True),
        sa.Column("discharge_rule", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.Column("kept", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agencies"),
        sa.UniqueConstraint("source", "external_id", name="uq_agencies_source_external_id"),
    )
    op.create_index("ix_agencies_name", "agencies", ["name"])
    op.create_table(
        "locations",
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("address", JSON, nullable=False),
        sa.Column("accessibility", JSON, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.Column("kept", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_locations"),
        sa.UniqueConstraint("source", "external_id", name="uq_locations_source_external_id"),
    )
    op.create_table(
        "mails",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("read_by", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mails"),
        sa.UniqueConstraint("digest", "team_id", name="uq_mails_digest_team_id"),
    )
    op.create_index("ix_mails_agency_id", "mails", ["agency_id"])
    op.create_index("ix_mails_message_id", "mails", ["message_id"])
    op.create_index("ix_mails_team_id", "mails", ["team_id"])
    op.create_index("ix_mails_team_id_recorded_at_id", "mails", ["team_id", "recorded_at", "id"])
    op.create_table(
        "messages",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("practice_day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("not_before", INSTANT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("header_id", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("header_id", name="uq_messages_header_id"),
    )
    op.create_index("ix_messages_agency_id", "messages", ["agency_id"])
    op.create_index(
        "ix_messages_pending", "messages", ["due_at"], postgresql_where=sa.text("status IN ('waiting', 'sending')")
    )
    op.create_index("ix_messages_recorded_at_id", "messages", ["recorded_at", "id"])
    op.create_index("ix_messages_team_id", "messages", ["team_id"])
    op.create_index(
        "uq_messages_list",
        "messages",
        ["agency_id", "team_id", "practice_day", "kind"],
        unique=True,
        postgresql_where=sa.text("kind = 'reminders'"),
    )
    op.create_table(
        "mail_referrals",
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name="fk_mail_referrals_mail_id_mails"),
        sa.PrimaryKeyConstraint("id", name="pk_mail_referrals"),
        sa.UniqueConstraint("mail_id", "referral_id", name="uq_mail_referrals_mail_id_referral_id"),
    )
    op.create_index("ix_mail_referrals_referral_id", "mail_referrals", ["referral_id"])
    op.create_index("ix_mail_referrals_team_id", "mail_referrals", ["team_id"])
    op.create_table(
        "message_items",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("permit_id", sa.Uuid(), nullable=True),
        sa.Column("permit_outcome", sa.String(), nullable=True),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_message_items_message_id_messages"),
        sa.PrimaryKeyConstraint("id", name="pk_message_items"),
        sa.UniqueConstraint("message_id", "referral_id", "clock", name="uq_message_items_message_id_referral_id_clock"),
    )
    op.create_index("ix_message_items_referral_id", "message_items", ["referral_id"])
    op.create_index("ix_message_items_team_id", "message_items", ["team_id"])
    op.create_index(
        "ix_message_items_unconfirmed",
        "message_items",
        ["id"],
        postgresql_where=sa.text("permit_outcome IS NOT NULL AND confirmed_at IS NULL"),
    )
    op.create_table(
        "reply_grants",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_reply_grants_message_id_messages"),
        sa.PrimaryKeyConstraint("id", name="pk_reply_grants"),
        sa.UniqueConstraint("code_hash", name="uq_reply_grants_code_hash"),
        sa.UniqueConstraint("message_id", name="uq_reply_grants_message_id"),
        sa.UniqueConstraint("token_hash", name="uq_reply_grants_token_hash"),
    )
    op.create_index("ix_reply_grants_team_id", "reply_grants", ["team_id"])
    op.create_table(
        "services",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("pathway", sa.String(), nullable=True),
        sa.Column("eligibility", sa.String(), nullable=True),
        sa.Column("fees", sa.String(), nullable=True),
        sa.Column("languages", JSON, nullable=False),
        sa.Column("schedules", JSON, nullable=False),
        sa.Column("taxonomy_terms", JSON, nullable=False),
        sa.Column("never_show", sa.Boolean(), nullable=False),
        sa.Column("never_show_rule", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.Column("kept", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name="fk_services_agency_id_agencies"),
        sa.PrimaryKeyConstraint("id", name="pk_services"),
        sa.UniqueConstraint("source", "external_id", name="uq_services_source_external_id"),
    )
    op.create_index("ix_services_agency_id", "services", ["agency_id"])
    op.create_index("ix_services_pathway", "services", ["pathway"])
    op.create_index("ix_services_shown", "services", ["name", "id"], postgresql_where=sa.text("not never_show"))
    op.create_table(
        "service_at_locations",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name="fk_service_at_locations_location_id_locations", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["services.id"], name="fk_service_at_locations_service_id_services", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("service_id", "location_id", name="pk_service_at_locations"),
    )


def downgrade() -> None:
    op.drop_table("service_at_locations")
    op.drop_index("ix_services_shown", table_name="services")
    op.drop_index("ix_services_pathway", table_name="services")
    op.drop_index("ix_services_agency_id", table_name="services")
    op.drop_table("services")
    op.drop_index("ix_reply_grants_team_id", table_name="reply_grants")
    op.drop_table("reply_grants")
    op.drop_index("ix_message_items_unconfirmed", table_name="message_items")
    op.drop_index("ix_message_items_team_id", table_name="message_items")
    op.drop_index("ix_message_items_referral_id", table_name="message_items")
    op.drop_table("message_items")
    op.drop_index("ix_mail_referrals_team_id", table_name="mail_referrals")
    op.drop_index("ix_mail_referrals_referral_id", table_name="mail_referrals")
    op.drop_table("mail_referrals")
    op.drop_index("uq_messages_list", table_name="messages")
    op.drop_index("ix_messages_team_id", table_name="messages")
    op.drop_index("ix_messages_recorded_at_id", table_name="messages")
    op.drop_index("ix_messages_pending", table_name="messages")
    op.drop_index("ix_messages_agency_id", table_name="messages")
    op.drop_table("messages")
    op.drop_index("ix_mails_team_id_recorded_at_id", table_name="mails")
    op.drop_index("ix_mails_team_id", table_name="mails")
    op.drop_index("ix_mails_message_id", table_name="mails")
    op.drop_index("ix_mails_agency_id", table_name="mails")
    op.drop_table("mails")
    op.drop_table("locations")
    op.drop_index("ix_agencies_name", table_name="agencies")
    op.drop_table("agencies")
