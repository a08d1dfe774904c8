"""The tables of casework as of the first release, noun by noun; later changes are revisions of their own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.db import platform_v1

revision = "v1"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)

# Every write of a row takes the next number and the real time: a stream of changes knows what it has told.
NUMBER_CHANGES = """
CREATE FUNCTION number_board_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.change := nextval('board_changes');
  NEW.changed_at := clock_timestamp();
  RETURN NEW;
END $$;
CREATE TRIGGER number_board_change BEFORE INSERT OR UPDATE ON board_rows
  FOR EACH ROW EXECUTE FUNCTION number_board_change();
"""


def upgrade() -> None:
    platform_v1.create(op)
    _bank_holiday()
    _board()
    _case()
    _member()
    _needs_assessment()
    _next_step()
    _plan()
    _hold()
    _projections()
    _review()
    _task()


def _bank_holiday() -> None:
    op.create_table(
        "days_off",
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("days", JSONB(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_days_off"),
    )


def _board() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("board_changes")))
    op.create_table(
        "board_commands",
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_board_commands"),
    )
    op.create_index("ix_board_commands_row_id", "board_commands", ["row_id", "recorded_at"])
    op.create_index("ix_board_commands_team_id", "board_commands", ["team_id"])
    op.create_table(
        "board_rows",
        # What counting looks at comes first: a column far back costs reading all before it, in every row.
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("stalled", sa.Boolean(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("since", INSTANT, nullable=True),
        sa.Column("needs_help", sa.String(), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("paused_until", INSTANT, nullable=True),
        sa.Column("waiting_for", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("rule_source", sa.String(), nullable=False),
        sa.Column("next_step", sa.String(), nullable=False),
        sa.Column("unlocks", sa.String(), nullable=False),
        sa.Column("last_human_what", sa.String(), nullable=False),
        sa.Column("last_human_by", sa.String(), nullable=False),
        sa.Column("last_human_at", INSTANT, nullable=True),
        sa.Column("ahead", JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("change", sa.BigInteger(), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("changed_at", INSTANT, server_default=sa.FetchedValue(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_board_rows"),
    )
    op.create_index("ix_board_rows_case_id", "board_rows", ["case_id"])
    op.create_index("ix_board_rows_changed_at", "board_rows", ["changed_at"])
    op.create_index(
        "ix_board_rows_level", "board_rows", ["team_id", "level", "id"], postgresql_where=sa.text("NOT closed")
    )
    op.create_index(
        "ix_board_rows_next_at", "board_rows", ["team_id", "next_at", "id"], postgresql_where=sa.text("NOT closed")
    )
    op.create_index(
        "ix_board_rows_since", "board_rows", ["team_id", "since", "id"], postgresql_where=sa.text("NOT closed")
    )
    op.create_index(
        "ix_board_rows_stage",
        "board_rows",
        ["team_id", "stage", "id", "case_id"],
        postgresql_where=sa.text("NOT closed"),
    )
    op.create_index("ix_board_rows_team_id", "board_rows", ["team_id"])
    op.create_index("ix_board_rows_watch", "board_rows", ["next_at"], postgresql_where=sa.text("NOT closed"))
    op.create_table(
        "board_timeline",
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("detail", JSONB(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_board_timeline"),
    )
    op.create_index("ix_board_timeline_recorded_at", "board_timeline", ["team_id", "recorded_at"])
    op.create_index("ix_board_timeline_row_id", "board_timeline", ["row_id", "at", "id"])
    op.create_index("ix_board_timeline_team_id", "board_timeline", ["team_id"])
    op.execute(NUMBER_CHANGES)


def _case() -> None:
    op.create_table(
        "cases",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.String(), nullable=True),
        sa.Column("wanted_worker_id", sa.String(), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("stage_since", INSTANT, nullable=False),
        sa.Column("returns_to", sa.String(), nullable=True),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("waiting_until", INSTANT, nullable=True),
        sa.Column("said_no_until", INSTANT, nullable=True),
        sa.Column("died_at", INSTANT, nullable=True),
        sa.Column("over_ceiling_by", sa.String(), nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closing_reason", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
    )
    op.create_index("ix_cases_person_id", "cases", ["person_id"])
    op.create_index("ix_cases_team_id", "cases", ["team_id"])
    op.create_index("ix_cases_worker_id_open", "cases", ["worker_id"], postgresql_where=sa.text("stage <> 'closed'"))
    op.create_index(
        "uq_cases_one_open",
        "cases",
        ["team_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("stage <> 'closed'"),
    )
    op.create_table(
        "case_notes",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("note_struck_at", INSTANT, nullable=True),
        sa.Column("note_struck_by", sa.String(), nullable=True),
        sa.Column("note_struck_why_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_notes_case_id_cases"),
        sa.PrimaryKeyConstraint("id", name="pk_case_notes"),
    )
    op.create_index("ix_case_notes_case_id", "case_notes", ["case_id"])
    op.create_index("ix_case_notes_team_id", "case_notes", ["team_id"])
    op.create_table(
        "case_workers",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.String(), nullable=False),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("until_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_workers_case_id_cases"),
        sa.PrimaryKeyConstraint("id", name="pk_case_workers"),
    )
    op.create_index("ix_case_workers_case_id", "case_workers", ["case_id", "from_at"])
    op.create_index("ix_case_workers_team_id", "case_workers", ["team_id"])


def _member() -> None:
    op.create_table(
        "members",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("stated", sa.Boolean(), nullable=False),
        sa.Column("left_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_members"),
        sa.UniqueConstraint("team_id", "account_id", name="uq_members_team_id_account_id"),
    )
    op.create_index("ix_members_account_id", "members", ["account_id"])
    op.create_index("ix_members_team_id", "members", ["team_id"])


def _needs_assessment() -> None:
    op.create_table(
        "needs_assessments",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("domains_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_needs_assessments_case_id_cases"),
        sa.PrimaryKeyConstraint("id", name="pk_needs_assessments"),
    )
    op.create_index("ix_needs_assessments_case_id", "needs_assessments", ["case_id", "at"])
    op.create_index("ix_needs_assessments_team_id", "needs_assessments", ["team_id"])


def _next_step() -> None:
    op.create_table(
        "next_steps",
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("closed_why", sa.String(), nullable=True),
        sa.Column("closed_event", sa.Uuid(), nullable=True),
        sa.Column("what_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_next_steps"),
        sa.UniqueConstraint("referral_id", "stage_entry", name="uq_next_steps_referral_id_stage_entry"),
    )
    op.create_index("ix_next_steps_case_id", "next_steps", ["case_id"])
    op.create_index(
        "ix_next_steps_open", "next_steps", ["team_id", "due_at"], postgresql_where=sa.text("status = 'open'")
    )
    op.create_index("ix_next_steps_team_id", "next_steps", ["team_id"])


def _plan() -> None:
    op.create_table(
        "decision_notes",
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("note_struck_at", INSTANT, nullable=True),
        sa.Column("note_struck_by", sa.String(), nullable=True),
        sa.Column("note_struck_why_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decision_notes"),
        sa.UniqueConstraint("decision_id", name="uq_decision_notes_decision_id"),
    )
    op.create_index("ix_decision_notes_row_id", "decision_notes", ["row_id"])
    op.create_index("ix_decision_notes_team_id", "decision_notes", ["team_id"])
    op.create_table(
        "plans",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("phase_since", INSTANT, nullable=False),
        sa.Column("cadence_days", sa.Integer(), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("stage_since", INSTANT, nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("contact_entry", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("seen_from", INSTANT, nullable=False),
        sa.Column("sighted_from", INSTANT, nullable=False),
        sa.Column("attempted_from", INSTANT, nullable=True),
        sa.Column("met", sa.Boolean(), nullable=False),
        sa.Column("counts_from", INSTANT, nullable=True),
        sa.Column("last_contact_at", INSTANT, nullable=True),
        sa.Column("last_contact_kind", sa.String(), nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=False),
        sa.Column("watch_until", sa.Date(), nullable=True),
        sa.Column("outcomes_done", sa.Integer(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("hold_contact_at", INSTANT, nullable=True),
        sa.Column("last_human_what", sa.String(), nullable=False),
        sa.Column("last_human_by", sa.String(), nullable=False),
        sa.Column("last_human_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("closing_reason", sa.String(), nullable=True),
        sa.Column("needs_help", sa.String(), nullable=True),
        sa.Column("standing_digest", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_plans_case_id_cases"),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
    )
    op.create_index("ix_plans_person_id", "plans", ["person_id"])
    op.create_index("ix_plans_team_id", "plans", ["team_id"])
    op.create_index(
        "uq_plans_one_open", "plans", ["case_id"], unique=True, postgresql_where=sa.text("stage <> 'closed'")
    )
    op.create_table(
        "goals",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_goals_plan_id_plans"),
        sa.PrimaryKeyConstraint("id", name="pk_goals"),
    )
    op.create_index("ix_goals_plan_id", "goals", ["plan_id"])
    op.create_index("ix_goals_team_id", "goals", ["team_id"])
    op.create_table(
        "plan_decisions",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("worker_id", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_plan_decisions_plan_id_plans"),
        sa.PrimaryKeyConstraint("id", name="pk_plan_decisions"),
        sa.UniqueConstraint("decision_id", name="uq_plan_decisions_decision_id"),
    )
    op.create_index("ix_plan_decisions_plan_id", "plan_decisions", ["plan_id"])
    op.create_index("ix_plan_decisions_team_id", "plan_decisions", ["team_id"])
    op.create_table(
        "plan_steps",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("counted_with", sa.Integer(), nullable=False),
        sa.Column("first_stood_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_plan_steps_plan_id_plans"),
        sa.PrimaryKeyConstraint("id", name="pk_plan_steps"),
        sa.UniqueConstraint(
            "plan_id",
            "stage_entry",
            "clock",
            "action",
            "occurrence",
            name="uq_plan_steps_plan_id_stage_entry_clock_action_occurrence",
        ),
    )
    op.create_index(
        "ix_plan_steps_counted_with", "plan_steps", ["counted_with"], postgresql_where=sa.text("outcome = 'planned'")
    )
    op.create_index(
        "ix_plan_steps_planned", "plan_steps", ["plan_id", "at"], postgresql_where=sa.text("outcome = 'planned'")
    )
    op.create_index("ix_plan_steps_team_id", "plan_steps", ["team_id"])
    op.create_table(
        "actions",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("whose", sa.String(), nullable=False),
        sa.Column("by_when", sa.Date(), nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("what_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["goal_id"], ["goals.id"], name="fk_actions_goal_id_goals"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_actions_plan_id_plans"),
        sa.PrimaryKeyConstraint("id", name="pk_actions"),
    )
    op.create_index("ix_actions_plan_id", "actions", ["plan_id"])
    op.create_index("ix_actions_team_id", "actions", ["team_id"])


def _hold() -> None:
    op.create_table(
        "holds",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("began_by", sa.String(), nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("until_since", INSTANT, nullable=True),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_how", sa.String(), nullable=True),
        sa.Column("ended_event", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_holds_plan_id_plans"),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
    )
    op.create_index("ix_holds_team_id", "holds", ["team_id"])
    op.create_index(
        "uq_holds_one_open", "holds", ["plan_id"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )


def _projections() -> None:
    op.create_table(
        "heard_contacts",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("credited_to", sa.String(), nullable=True),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("struck_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_heard_contacts"),
    )
    op.create_index("ix_heard_contacts_case_id", "heard_contacts", ["case_id"])
    op.create_index("ix_heard_contacts_person_id", "heard_contacts", ["person_id", "occurred_at"])
    op.create_index("ix_heard_contacts_team_id", "heard_contacts", ["team_id"])
    op.create_table(
        "known_mails",
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_known_mails"),
    )
    op.create_index("ix_known_mails_team_id", "known_mails", ["team_id"])
    op.create_table(
        "known_people",
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_version", sa.Integer(), nullable=False),
        sa.Column("state_event", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_known_people"),
    )
    op.create_index("ix_known_people_team_id", "known_people", ["team_id"])
    op.create_table(
        "known_referrals",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("resolved_version", sa.Integer(), nullable=False),
        sa.Column("still_owed", JSONB(), nullable=False),
        sa.Column("reacted_version", sa.Integer(), nullable=False),
        sa.Column("told_version", sa.Integer(), nullable=False),
        sa.Column("confirmed_version", sa.Integer(), nullable=False),
        sa.Column("question_version", sa.Integer(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("appointment_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_known_referrals"),
    )
    op.create_index(
        "ix_known_referrals_agency_id",
        "known_referrals",
        ["team_id", "agency_id"],
        postgresql_where=sa.text("state NOT IN ('completed', 'declined', 'withdrawn')"),
    )
    op.create_index("ix_known_referrals_case_id", "known_referrals", ["case_id"])
    op.create_index("ix_known_referrals_person_id", "known_referrals", ["person_id"])
    op.create_index("ix_known_referrals_team_id", "known_referrals", ["team_id"])


def _review() -> None:
    op.create_table(
        "reviews",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("signed_at", INSTANT, nullable=True),
        sa.Column("signed_by", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_reviews_plan_id_plans"),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.UniqueConstraint("decision_id", name="uq_reviews_decision_id"),
    )
    op.create_index("ix_reviews_plan_id", "reviews", ["plan_id"])
    op.create_index("ix_reviews_team_id", "reviews", ["team_id"])
    op.create_index("ix_reviews_unsigned", "reviews", ["team_id", "at"], postgresql_where=sa.text("signed_at IS NULL"))


def _task() -> None:
    op.create_table(
        "tasks",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("for_role", sa.String(), nullable=False),
        sa.Column("worker_id", sa.String(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("practice_day", sa.Date(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("closed_why", sa.String(), nullable=True),
        sa.Column("closed_event", sa.Uuid(), nullable=True),
        sa.Column("given_by", sa.String(), nullable=True),
        sa.Column("given_at", INSTANT, nullable=True),
        sa.Column("raised_at", INSTANT, nullable=True),
        sa.Column("counted_with", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_tasks_case_id_cases"),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
    )
    op.create_index("ix_tasks_case_id", "tasks", ["case_id"])
    op.create_index(
        "ix_tasks_closed_event", "tasks", ["closed_event"], postgresql_where=sa.text("closed_event IS NOT NULL")
    )
    op.create_index("ix_tasks_counted_with", "tasks", ["counted_with"], postgresql_where=sa.text("status = 'open'"))
    op.create_index("ix_tasks_plan_id", "tasks", ["plan_id"])
    op.create_index("ix_tasks_team_id", "tasks", ["team_id"])
    op.create_index(
        "ix_tasks_team_id_due_at", "tasks", ["team_id", "due_at"], postgresql_where=sa.text("status = 'open'")
    )
    op.create_index("ix_tasks_worker_id", "tasks", ["worker_id", "due_at"], postgresql_where=sa.text("status = 'open'"))
    op.create_index("uq_tasks_open_key", "tasks", ["key"], unique=True, postgresql_where=sa.text("status = 'open'"))
    op.create_table(
        "task_lines",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("task_kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closed_event", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name="fk_task_lines_task_id_tasks"),
        sa.PrimaryKeyConstraint("id", name="pk_task_lines"),
        sa.UniqueConstraint("source", "task_kind", name="uq_task_lines_source_task_kind"),
    )
    op.create_index(
        "ix_task_lines_closed_event",
        "task_lines",
        ["closed_event"],
        postgresql_where=sa.text("closed_event IS NOT NULL"),
    )
    op.create_index("ix_task_lines_open", "task_lines", ["referral_id"], postgresql_where=sa.text("closed_at IS NULL"))
    op.create_index("ix_task_lines_task_id", "task_lines", ["task_id"])
    op.create_index("ix_task_lines_team_id", "task_lines", ["team_id"])


def downgrade() -> None:
    for table in (
        "actions",
        "task_lines",
        "reviews",
        "plan_steps",
        "plan_decisions",
        "holds",
        "goals",
        "tasks",
        "plans",
        "needs_assessments",
        "case_workers",
        "case_notes",
        "next_steps",
        "members",
        "known_referrals",
        "known_people",
        "known_mails",
        "heard_contacts",
        "decision_notes",
        "days_off",
        "cases",
        "board_timeline",
        "board_rows",
        "board_commands",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION number_board_change")
    op.execute("DROP SEQUENCE board_changes")
    platform_v1.drop(op)
