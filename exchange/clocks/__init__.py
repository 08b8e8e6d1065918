"""Working days, deadlines, and what the hub does by itself when one passes."""
