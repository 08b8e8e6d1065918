"""Moving and keeping a whole hub: carried from one kind of stores to another, backed up, restored, proven unbroken."""
