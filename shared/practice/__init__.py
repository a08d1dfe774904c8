"""The care rules: pure functions and data. No framework, no I/O beyond the packaged data file, no wall clock.

`calendar` holds the working days of England, `clock_table` how long each state may last, `ladder` what we do if nobody
answers, `cadence` how often a person is seen, `ladder_engine` what becomes of the steps of both, `explain` why
something waits. Services validate and preview with these modules and activities compute with them; workflow code never
imports them, it sleeps until absolute instants.
"""
