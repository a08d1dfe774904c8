"""Keys, sealed columns and the codec that hides payloads from the workflow engine."""
