"""Who is a colleague of which team: whom a case or a task may be given to."""
