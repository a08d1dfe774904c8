"""How a process of ours reaches the workflow engine: client, worker, refusals and dispatch."""
