"""Keys, sealed columns and the codec that keeps the workflow engine from reading what it carries."""
