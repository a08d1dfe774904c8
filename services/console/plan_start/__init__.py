"""Starting a case plan, in steps, with a preview of what will run. Nothing is kept anywhere until the last press."""
