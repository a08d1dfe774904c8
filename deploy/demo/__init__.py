"""`alongside demo`: the main job, run and checked from outside."""
