"""The acts of the story, in order: a module each, with ``play(stage)``."""
