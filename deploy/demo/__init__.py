"""The main job, told and checked from outside: `alongside demo`."""
