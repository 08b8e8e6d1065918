"""Status and sentences of every reason, by what they are about: read through ``exchange.reasons.TEXTS``."""
