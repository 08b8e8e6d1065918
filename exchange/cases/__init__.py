"""Cases (办件): the evidence object of the SERVICE purpose, from opening to decision, with the holders' consents."""
