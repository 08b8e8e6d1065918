"""A department's side of an import: reading its file, naming its columns, and sending the rows."""
