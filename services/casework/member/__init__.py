"""The colleagues of each team: whom a case or a task may be given to."""
