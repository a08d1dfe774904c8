"""Starting a case plan, in steps, with a preview of what will run. Nothing is stored before the last press."""
