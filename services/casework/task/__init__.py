"""One thing that one worker, or the supervisors, must do, and by when."""
