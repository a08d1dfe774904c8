"""The tables of referrals as of the first release, noun by noun; later changes are revisions of their own."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared import clock
from shared.db import platform_v1
from shared.ids import new_id
from shared.practice.clock_table import defaults
from shared.practice.model import clock_as_json, clock_from_json

revision = "v1"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
EVERY_TEAM = "00000000-0000-0000-0000-000000000000"


def upgrade() -> None:
    platform_v1.create(op)
    _appointment()
    _bank_holiday()
    _clock()
    _decision()
    _directory()
    _escalation()
    _mail()
    _message()
    _referral()
    _reply()
    _worker()
    _default_rules()


def _appointment() -> None:
    op.create_table(
        "appointments",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("booked_at", INSTANT, nullable=False),
        sa.Column("proposed", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("place_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("bring_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("who_goes_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("told_how", sa.String(), nullable=True),
        sa.Column("told_by", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("miss_kind", sa.String(), nullable=True),
        sa.Column("outcome_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appointments"),
    )
    op.create_index("ix_appointments_referral_id", "appointments", ["referral_id"])
    op.create_index("ix_appointments_team_id", "appointments", ["team_id"])


def _bank_holiday() -> None:
    op.create_table(
        "bank_holidays",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("source_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("removed_by", sa.String(), nullable=True),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bank_holidays"),
    )
    op.create_index("ix_bank_holidays_team_id", "bank_holidays", ["team_id"])
    op.create_index(
        "uq_bank_holidays_day", "bank_holidays", ["day"], unique=True, postgresql_where=sa.text("removed_at IS NULL")
    )
    op.create_table(
        "days_off",
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("days", JSONB(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_days_off"),
    )


def _clock() -> None:
    op.create_table(
        "clock_openings",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("opening", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("whose", sa.String(), nullable=False),
        sa.Column("ends_with", sa.String(), nullable=False),
        sa.Column("rule", JSONB(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("deadline", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("counted_with", sa.Integer(), nullable=False),
        sa.Column("redated_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clock_openings"),
        sa.UniqueConstraint(
            "referral_id",
            "stage_entry",
            "clock",
            "opening",
            name="uq_clock_openings_referral_id_stage_entry_clock_opening",
        ),
    )
    op.create_index(
        "ix_clock_openings_counted_with", "clock_openings", ["counted_with"], postgresql_where="closed_at IS NULL"
    )
    op.create_index("ix_clock_openings_referral_id", "clock_openings", ["referral_id"])
    op.create_index("ix_clock_openings_team_id", "clock_openings", ["team_id"])
    op.create_table(
        "clock_rules",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clock_rules"),
        sa.UniqueConstraint("team_id", "key", "version", name="uq_clock_rules_team_id_key_version"),
    )
    op.create_index("ix_clock_rules_team_id", "clock_rules", ["team_id"])
    op.create_table(
        "rungs",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("opening_id", sa.Uuid(), nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("every", sa.Integer(), nullable=True),
        sa.Column("not_before", INSTANT, nullable=True),
        sa.Column("parked", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("recorded_outcome_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rungs"),
        sa.UniqueConstraint(
            "referral_id",
            "stage_entry",
            "clock",
            "action",
            "occurrence",
            name="uq_rungs_referral_id_stage_entry_clock_action_occurrence",
        ),
    )
    op.create_index("ix_rungs_opening_id", "rungs", ["opening_id"])
    op.create_index("ix_rungs_planned", "rungs", ["at"], postgresql_where="outcome = 'planned'")
    op.create_index("ix_rungs_team_id", "rungs", ["team_id"])


def _decision() -> None:
    op.create_table(
        "decisions",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("working_days", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.UniqueConstraint("referral_id", "decision_id", name="uq_decisions_referral_id_decision_id"),
    )
    op.create_index("ix_decisions_referral_id", "decisions", ["referral_id"])
    op.create_index("ix_decisions_team_id", "decisions", ["team_id"])


def _directory() -> None:
    op.create_table(
        "agencies",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("website", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("phones", JSONB(), nullable=False),
        sa.Column("other_names", JSONB(), nullable=False),
        sa.Column("secure_mailbox", sa.Boolean(), nullable=False),
        sa.Column("manager_contact", sa.String(), nullable=True),
        sa.Column("discharge_rule", sa.String(), nullable=True),
        sa.Column("never_show_rule", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.Column("kept", JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agencies"),
        sa.UniqueConstraint("source", "external_id", name="uq_agencies_source_external_id"),
    )
    op.create_index("ix_agencies_name", "agencies", ["name"])
    op.create_table(
        "contact_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("was", sa.String(), nullable=True),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_teams", JSONB(), nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_contact_changes"),
    )
    op.create_index("ix_contact_changes_holder_id", "contact_changes", ["holder_id"])
    op.create_index(
        "uq_contact_changes_proposed",
        "contact_changes",
        ["holder_id", "field"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "locations",
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("other_names", JSONB(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("address", JSONB(), nullable=False),
        sa.Column("accessibility", JSONB(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("phones", JSONB(), nullable=False),
        sa.Column("never_show_rule", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.Column("kept", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_locations"),
        sa.UniqueConstraint("source", "external_id", name="uq_locations_source_external_id"),
    )
    op.create_table(
        "services",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("phones", JSONB(), nullable=False),
        sa.Column("other_names", JSONB(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("left_at", INSTANT, nullable=True),
        sa.Column("shut_told_at", INSTANT, nullable=True),
        sa.Column("pathway", sa.String(), nullable=True),
        sa.Column("eligibility", sa.String(), nullable=True),
        sa.Column("fees", sa.String(), nullable=True),
        sa.Column("languages", JSONB(), nullable=False),
        sa.Column("schedules", JSONB(), nullable=False),
        sa.Column("taxonomy_terms", JSONB(), nullable=False),
        sa.Column("never_show", sa.Boolean(), nullable=False),
        sa.Column("never_show_rule", sa.String(), nullable=True),
        sa.Column("never_show_own", sa.String(), nullable=True),
        sa.Column("never_show_by", sa.String(), nullable=True),
        sa.Column("never_show_at", INSTANT, nullable=True),
        sa.Column("never_show_why", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.Column("kept", JSONB(), nullable=False),
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


def _escalation() -> None:
    op.create_table(
        "escalations",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("rung", sa.String(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("fired_at", INSTANT, nullable=False),
        sa.Column("worker_only", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("acknowledged_until", INSTANT, nullable=True),
        sa.Column("resolved_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_escalations"),
        sa.UniqueConstraint(
            "referral_id",
            "stage_entry",
            "clock",
            "rung",
            "occurrence",
            name="uq_escalations_referral_id_stage_entry_clock_rung_occurrence",
        ),
    )
    op.create_index("ix_escalations_referral_id", "escalations", ["referral_id"])
    op.create_index("ix_escalations_team_id", "escalations", ["team_id"])
    op.create_table(
        "plan_holds",
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("worker_only", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_holds"),
    )
    op.create_index("ix_plan_holds_person_id", "plan_holds", ["person_id"], postgresql_where=sa.text("worker_only"))
    op.create_index("ix_plan_holds_team_id", "plan_holds", ["team_id"])


def _mail() -> None:
    op.create_table(
        "mail_counts",
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mail_counts"),
        sa.UniqueConstraint("day", "what", name="uq_mail_counts_day_what"),
    )
    op.create_index("ix_mail_counts_team_id", "mail_counts", ["team_id"])
    op.create_table(
        "mailbox_states",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("fetched_at", INSTANT, nullable=True),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mailbox_states"),
        sa.UniqueConstraint("name", name="uq_mailbox_states_name"),
    )
    op.create_index("ix_mailbox_states_team_id", "mailbox_states", ["team_id"])
    op.create_table(
        "mails",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("for_guardian", sa.Boolean(), nullable=False),
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
        "mail_files",
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("label_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name="fk_mail_files_mail_id_mails"),
        sa.PrimaryKeyConstraint("id", name="pk_mail_files"),
    )
    op.create_index("ix_mail_files_mail_id", "mail_files", ["mail_id"])
    op.create_index("ix_mail_files_team_id", "mail_files", ["team_id"])
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


def _message() -> None:
    op.create_table(
        "messages",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("practice_day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("failing_since", INSTANT, nullable=True),
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
    op.create_index("ix_messages_pending", "messages", ["due_at"], postgresql_where="status IN ('waiting', 'sending')")
    op.create_index("ix_messages_recorded_at_id", "messages", ["recorded_at", "id"])
    op.create_index("ix_messages_team_id", "messages", ["team_id"])
    op.create_index(
        "uq_messages_list",
        "messages",
        ["agency_id", "team_id", "practice_day", "kind", "desk"],
        unique=True,
        postgresql_where="kind = 'reminders'",
    )
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
        postgresql_where="permit_outcome IS NOT NULL AND confirmed_at IS NULL",
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


def _referral() -> None:
    op.create_table(
        "referral_moves",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=True),
        sa.Column("before", JSONB(), nullable=True),
        sa.Column("struck_at", INSTANT, nullable=True),
        sa.Column("note_struck_at", INSTANT, nullable=True),
        sa.Column("note_struck_by", sa.String(), nullable=True),
        sa.Column("note_struck_why_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_referral_moves"),
        sa.UniqueConstraint("referral_id", "version", "move", name="uq_referral_moves_referral_id_version_move"),
    )
    op.create_index("ix_referral_moves_referral_id", "referral_moves", ["referral_id"])
    op.create_index("ix_referral_moves_team_id", "referral_moves", ["team_id"])
    op.create_table(
        "referrals",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("pathway", sa.String(), nullable=True),
        sa.Column("told_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("their_reference_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("stage_since", INSTANT, nullable=False),
        sa.Column("clocks_due", sa.Boolean(), nullable=False),
        sa.Column("off_reason", sa.String(), nullable=False),
        sa.Column("walk_in", sa.Boolean(), nullable=False),
        sa.Column("waitlisted_until", sa.Date(), nullable=True),
        sa.Column("accepted_before", sa.Boolean(), nullable=False),
        sa.Column("ever_sent", sa.Boolean(), nullable=False),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.Column("stall_reason", sa.String(), nullable=True),
        sa.Column("question_since", INSTANT, nullable=True),
        sa.Column("mail_since", INSTANT, nullable=True),
        sa.Column("paused_since", INSTANT, nullable=True),
        sa.Column("silent_until", INSTANT, nullable=True),
        sa.Column("dates", JSONB(), nullable=False),
        sa.Column("round_entry", sa.Integer(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("send_request", sa.String(), nullable=True),
        sa.Column("send_move", sa.String(), nullable=True),
        sa.Column("send_at", INSTANT, nullable=True),
        sa.Column("send_by", sa.String(), nullable=True),
        sa.Column("send_waits", sa.String(), nullable=True),
        sa.Column("may_tell_us", JSONB(), nullable=True),
        sa.Column("may_tell_us_version", sa.Integer(), nullable=True),
        sa.Column("held_back", sa.String(), nullable=True),
        sa.Column("permit_version", sa.Integer(), nullable=True),
        sa.Column("last_move", JSONB(), nullable=True),
        sa.Column("last_human_what", sa.String(), nullable=False),
        sa.Column("last_human_by", sa.String(), nullable=False),
        sa.Column("last_human_at", INSTANT, nullable=False),
        sa.Column("needs_help", sa.String(), nullable=True),
        sa.Column("standing_digest", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_referrals"),
        sa.UniqueConstraint("reference", name="uq_referrals_reference"),
    )
    op.create_index("ix_referrals_agency_id", "referrals", ["agency_id"])
    op.create_index("ix_referrals_open", "referrals", ["state", "id"])
    op.create_index("ix_referrals_person_id_agency_id", "referrals", ["person_id", "agency_id"])
    op.create_index("ix_referrals_plan_id", "referrals", ["plan_id"])
    op.create_index("ix_referrals_team_id", "referrals", ["team_id"])
    op.create_table(
        "struck_people",
        sa.Column("death_version", sa.Integer(), nullable=False),
        sa.Column("no_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_struck_people"),
    )
    op.create_index("ix_struck_people_team_id", "struck_people", ["team_id"])


def _reply() -> None:
    op.create_table(
        "readings",
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
        sa.UniqueConstraint("grant_id", "referral_id", name="uq_readings_grant_id_referral_id"),
    )
    op.create_index("ix_readings_team_id", "readings", ["team_id"])


def _worker() -> None:
    op.create_table(
        "case_workers",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.String(), nullable=True),
        sa.Column("worker_version", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("closed_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_workers"),
    )
    op.create_index("ix_case_workers_person_id_team_id", "case_workers", ["person_id", "team_id"])
    op.create_index("ix_case_workers_team_id", "case_workers", ["team_id"])
    op.create_table(
        "contact_names",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contact_names"),
        sa.UniqueConstraint("account_id", name="uq_contact_names_account_id"),
    )
    op.create_index("ix_contact_names_team_id", "contact_names", ["team_id"])


def _default_rules() -> None:
    """Insert the default rules, as version 1 of each key.

    A team's change is a version of its own; a newer default is another revision that adds rows.
    """
    rules = sa.table(
        "clock_rules",
        sa.column("id", sa.Uuid()),
        sa.column("team_id", sa.Uuid()),
        sa.column("recorded_at", INSTANT),
        sa.column("key", sa.String()),
        sa.column("version", sa.Integer()),
        sa.column("body", JSONB()),
        sa.column("by", sa.String()),
    )
    op.bulk_insert(
        rules,
        [
            {
                "id": new_id(),
                "team_id": UUID(EVERY_TEAM),
                "recorded_at": clock.now(),
                "key": each.key,
                "version": each.version,
                "body": clock_as_json(each),
                "by": "system",
            }
            for each in map(clock_from_json, defaults()["clocks"])
        ],
    )


def downgrade() -> None:
    for table in (
        "service_at_locations",
        "services",
        "reply_grants",
        "message_items",
        "mail_referrals",
        "mail_files",
        "struck_people",
        "rungs",
        "referrals",
        "referral_moves",
        "readings",
        "plan_holds",
        "messages",
        "mails",
        "mailbox_states",
        "mail_counts",
        "locations",
        "escalations",
        "decisions",
        "days_off",
        "contact_names",
        "contact_changes",
        "clock_rules",
        "clock_openings",
        "case_workers",
        "bank_holidays",
        "appointments",
        "agencies",
    ):
        op.drop_table(table)
    platform_v1.drop(op)
