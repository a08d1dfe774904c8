"""The workflow engine as our processes use it: client, workers, refusals and dispatch of facts."""
