"""Starting a case plan, in steps, with a preview of what will run."""
