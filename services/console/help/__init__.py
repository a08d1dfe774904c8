"""One short page for each main job."""
