-- What our team has, once more for each of many others: whole rows, under ids of their own, so that a new column needs
-- nothing here. Only as many rows as such a team has, with their cases and tasks.
CREATE TEMP TABLE teams AS SELECT gen_random_uuid() AS id FROM generate_series(1, %(teams)s::int);

CREATE TEMP TABLE picked AS
SELECT id, case_id FROM board_rows WHERE team_id = %(team)s::uuid ORDER BY case_id, id LIMIT %(rows)s::int;

INSERT INTO cases
SELECT made.* FROM teams CROSS JOIN cases AS ours CROSS JOIN LATERAL jsonb_populate_record(
  ours, jsonb_build_object('id', md5(teams.id || ours.id::text)::uuid, 'team_id', teams.id)
) AS made
WHERE ours.id IN (SELECT case_id FROM picked);

INSERT INTO board_rows
SELECT made.* FROM teams CROSS JOIN board_rows AS ours CROSS JOIN LATERAL jsonb_populate_record(
  ours, jsonb_build_object(
    'id', md5(teams.id || ours.id::text)::uuid, 'team_id', teams.id, 'case_id', md5(teams.id || ours.case_id::text)::uuid
  )
) AS made
WHERE ours.id IN (SELECT id FROM picked);

INSERT INTO tasks
SELECT made.* FROM teams CROSS JOIN tasks AS ours CROSS JOIN LATERAL jsonb_populate_record(
  ours, jsonb_build_object(
    'id', md5(teams.id || ours.id::text)::uuid, 'team_id', teams.id, 'key', 'bench:' || teams.id || ours.id,
    'case_id', md5(teams.id || ours.case_id::text)::uuid,
    'plan_id', md5(teams.id || ours.plan_id::text)::uuid, 'referral_id', md5(teams.id || ours.referral_id::text)::uuid
  )
) AS made
WHERE ours.case_id IN (SELECT case_id FROM picked);

VACUUM ANALYZE cases;

VACUUM ANALYZE board_rows;

VACUUM ANALYZE tasks;
