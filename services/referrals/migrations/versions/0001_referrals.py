"""The tables of referrals: the machine and its history, clocks and steps, decisions; and the rules we start from."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared import clock
from shared.db import platform_tables
from shared.ids import new_id
from shared.practice.clock_table import defaults
from shared.practice.model import clock_as_json, clock_from_json

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB()
EVERY_TEAM = "00000000-0000-0000-0000-000000000000"


def upgrade() -> None:
    platform_tables.create(op)
    op.create_table(
        "appointments",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("booked_at", INSTANT, nullable=False),
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
    op.create_table(
        "clock_openings",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("opening", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("whose", sa.String(), nullable=False),
        sa.Column("ends_with", sa.String(), nullable=False),
        sa.Column("rule", JSON, nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("deadline", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
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
    op.create_index("ix_clock_openings_referral_id", "clock_openings", ["referral_id"])
    op.create_index("ix_clock_openings_team_id", "clock_openings", ["team_id"])
    op.create_table(
        "clock_rules",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clock_rules"),
        sa.UniqueConstraint("team_id", "key", "version", name="uq_clock_rules_team_id_key_version"),
    )
    op.create_index("ix_clock_rules_team_id", "clock_rules", ["team_id"])
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
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("worker_only", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_holds"),
    )
    op.create_index("ix_plan_holds_team_id", "plan_holds", ["team_id"])
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
        sa.Column("dates", JSON, nullable=False),
        sa.Column("round_entry", sa.Integer(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("send_request", sa.String(), nullable=True),
        sa.Column("send_move", sa.String(), nullable=True),
        sa.Column("send_at", INSTANT, nullable=True),
        sa.Column("send_by", sa.String(), nullable=True),
        sa.Column("answered_request", sa.String(), nullable=True),
        sa.Column("answered_outcome", sa.String(), nullable=True),
        sa.Column("may_tell_us", JSON, nullable=True),
        sa.Column("last_move", JSON, nullable=True),
        sa.Column("last_human_what", sa.String(), nullable=False),
        sa.Column("last_human_by", sa.String(), nullable=False),
        sa.Column("last_human_at", INSTANT, nullable=False),
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
    op.create_index("ix_rungs_planned", "rungs", ["at"], postgresql_where=sa.text("outcome = 'planned'"))
    op.create_index("ix_rungs_team_id", "rungs", ["team_id"])
    seed()


def seed() -> None:
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
        sa.column("body", JSON),
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
    op.drop_index("ix_rungs_team_id", table_name="rungs")
    op.drop_index("ix_rungs_planned", table_name="rungs", postgresql_where=sa.text("outcome = 'planned'"))
    op.drop_index("ix_rungs_opening_id", table_name="rungs")
    op.drop_table("rungs")
    op.drop_index("ix_referrals_team_id", table_name="referrals")
    op.drop_index("ix_referrals_plan_id", table_name="referrals")
    op.drop_index("ix_referrals_person_id_agency_id", table_name="referrals")
    op.drop_index("ix_referrals_open", table_name="referrals")
    op.drop_index("ix_referrals_agency_id", table_name="referrals")
    op.drop_table("referrals")
    op.drop_index("ix_referral_moves_team_id", table_name="referral_moves")
    op.drop_index("ix_referral_moves_referral_id", table_name="referral_moves")
    op.drop_table("referral_moves")
    op.drop_index("ix_plan_holds_team_id", table_name="plan_holds")
    op.drop_table("plan_holds")
    op.drop_index("ix_escalations_team_id", table_name="escalations")
    op.drop_index("ix_escalations_referral_id", table_name="escalations")
    op.drop_table("escalations")
    op.drop_index("ix_decisions_team_id", table_name="decisions")
    op.drop_index("ix_decisions_referral_id", table_name="decisions")
    op.drop_table("decisions")
    op.drop_index("ix_clock_rules_team_id", table_name="clock_rules")
    op.drop_table("clock_rules")
    op.drop_index("ix_clock_openings_team_id", table_name="clock_openings")
    op.drop_index("ix_clock_openings_referral_id", table_name="clock_openings")
    op.drop_table("clock_openings")
    op.drop_index("ix_appointments_team_id", table_name="appointments")
    op.drop_index("ix_appointments_referral_id", table_name="appointments")
    op.drop_table("appointments")
    platform_tables.drop(op)
