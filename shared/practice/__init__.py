"""The care rules: pure functions and data. No framework, no I/O beyond the packaged data file, no wall clock.

`calendar` knows the working days of England, `clocks` what may last how long, `ladder` what we do if nobody
answers, `cadence` how often a person is seen, `explain` says why something waits. Services validate and
preview with them and activities compute with them; workflow code never imports them, it sleeps until absolute
instants.
"""
