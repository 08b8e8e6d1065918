"""One servicer per service: converts a message, runs one use case, converts its answer. No decisions here."""
