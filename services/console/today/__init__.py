"""Today: what one worker has to do, in order of time and place."""
