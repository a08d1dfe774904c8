-- One case of somebody intake knows for every five rows, forty workers, a tenth of the cases without one. Each case has a
-- plan and four referrals.
INSERT INTO cases (id, team_id, recorded_at, version, person_id, worker_id, stage, stage_since, opened_at)
SELECT gen_random_uuid(), %(team)s::uuid, now(), 1, (%(people)s::uuid[])[n],
  CASE WHEN n %% 10 <> 0 THEN (%(workers)s::text[])[1 + n %% 40] END,
  (ARRAY['engaging', 'planned', 'planned', 'stepping_down'])[1 + n %% 4], now() - n * interval '1 hour',
  now() - n * interval '1 hour'
FROM generate_series(1, cardinality(%(people)s::uuid[])) AS n;

CREATE TEMP TABLE agencies AS SELECT n, gen_random_uuid() AS id FROM generate_series(0, 59) AS n;

INSERT INTO board_rows (
  id, team_id, recorded_at, kind, person_id, case_id, plan_id, agency_id, service_id, reference, stage, stalled,
  waiting_for, who, since, rule, rule_source, next_step, next_at, level, unlocks, last_human_what, last_human_by,
  last_human_at, ahead, closed, version
)
SELECT
  gen_random_uuid(), %(team)s::uuid, now(), CASE WHEN m = 0 THEN 'plan' ELSE 'referral' END, c.person_id, c.id, NULL,
  CASE WHEN m > 0 THEN a.id END, CASE WHEN m > 0 THEN a.id END, CASE WHEN m > 0 THEN upper(substr(c.id::text, 1, 8)) END,
  CASE WHEN m = 0 THEN c.stage
    ELSE (ARRAY['sent', 'sent', 'acknowledged', 'accepted', 'booked', 'in_treatment', 'waitlisted'])[1 + (c.n + m) %% 7] END,
  m > 0 AND (c.n + m) %% 6 = 0,
  CASE WHEN m = 0 THEN 'a contact' ELSE 'a reply from the agency' END,
  CASE WHEN m = 0 THEN 'us' WHEN (c.n + m) %% 3 = 0 THEN 'us' ELSE 'agency' END,
  now() - ((c.n * 7 + m) %% 60) * interval '1 day',
  CASE WHEN m = 0 THEN 'cadence, every 7 days' ELSE 'reply clock, 5 working days' END, 'ours',
  CASE WHEN m = 0 THEN 'ask the worker' ELSE 'ask the worker to ring them' END,
  now() + (((c.n * 13 + m) %% 40) - 2) * interval '1 day' + c.n * interval '1 second',
  (c.n + m) %% 6, 'any answer from the agency', 'sent the referral', (%(workers)s::text[])[1 + c.n %% 40],
  now() - ((c.n + m) %% 30) * interval '1 day',
  '[{"at": "2026-03-02T09:30:00+00:00", "action": "ask_worker", "clock": "any.sent"}]', false, 1
FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM cases) AS c
CROSS JOIN generate_series(0, 4) AS m
JOIN agencies AS a ON a.n = (c.n * 5 + m) %% 60
LIMIT %(rows)s::int;

-- Every eighth row has an open task of its worker's. A tenth of these is for supervisors.
INSERT INTO tasks (
  id, team_id, recorded_at, version, key, kind, for_role, worker_id, case_id, plan_id, person_id, referral_id, urgent,
  opened_at, due_at, status, counted_with
)
SELECT
  gen_random_uuid(), b.team_id, now(), 1, 'bench:' || b.id, 'ask_worker',
  CASE WHEN b.n %% 80 = 0 THEN 'supervisor' ELSE 'worker' END, CASE WHEN b.n %% 80 <> 0 THEN c.worker_id END, c.id,
  CASE WHEN b.kind = 'plan' THEN b.id END, b.person_id, CASE WHEN b.kind = 'referral' THEN b.id END, false,
  now(), now() + interval '1 day', 'open', 0
FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM board_rows) AS b JOIN cases AS c ON c.id = b.case_id
WHERE b.n %% 8 = 0;

ANALYZE;
