"""Keep what is owed after an ending or a failure, until somebody records a next step."""
