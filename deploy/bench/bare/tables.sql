-- As many rows, columns and indexes as one of ours touches for the same thing.
CREATE TABLE plans (
  id uuid PRIMARY KEY, team_id uuid NOT NULL, person_id uuid NOT NULL, stage text NOT NULL, version int NOT NULL,
  phase text NOT NULL, started_at timestamptz NOT NULL, reviewed_at timestamptz NOT NULL, words bytea
);
CREATE TABLE steps (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), of_id uuid NOT NULL, clock text NOT NULL, action text NOT NULL,
  occurrence int NOT NULL, at timestamptz NOT NULL, outcome text NOT NULL, settled_at timestamptz
);
CREATE INDEX ON steps (of_id);
CREATE TABLE referrals (
  id uuid PRIMARY KEY, team_id uuid NOT NULL, person_id uuid NOT NULL, state text NOT NULL, version int NOT NULL,
  stage_entry int NOT NULL, since timestamptz NOT NULL, told bytea
);
CREATE TABLE escalations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), referral_id uuid NOT NULL, stage_entry int NOT NULL,
  clock text NOT NULL, action text NOT NULL, occurrence int NOT NULL, fired_at timestamptz NOT NULL,
  UNIQUE (referral_id, stage_entry, clock, action, occurrence)
);
CREATE TABLE facts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, of_id uuid NOT NULL, subject text NOT NULL, body jsonb NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE board (
  id uuid PRIMARY KEY, team_id uuid NOT NULL, person_id uuid NOT NULL, stage text NOT NULL, waiting_for text NOT NULL,
  rule text NOT NULL, next_step text NOT NULL, next_at timestamptz, level int NOT NULL, version bigint NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON board (team_id, next_at, id);
