"""What auditors do: ask the access log, under a mandate, and have decisions explained."""
