"""The project's own chores: generated stubs and house rules. Not part of the product."""
