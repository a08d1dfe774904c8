"""Bank holidays: what is built in, what an administrator has added, and what a change counts anew."""
