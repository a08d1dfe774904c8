"""The first day of each role: what to do first. It goes away by itself."""
