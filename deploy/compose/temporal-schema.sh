#!/bin/sh
# Bring Temporal's two databases to the version of these tools; `alongside migrate` has made them, and their role.
# Each step does nothing where it was done before.
set -eu
schema=/etc/temporal/schema/postgresql/v12

temporal-sql-tool --db temporal setup-schema -v 0.0
temporal-sql-tool --db temporal update-schema -d "$schema/temporal/versioned"
temporal-sql-tool --db temporal_visibility setup-schema -v 0.0
temporal-sql-tool --db temporal_visibility update-schema -d "$schema/visibility/versioned"
