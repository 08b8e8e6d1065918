"""The nouns of the system as immutable data: no behaviour beyond what a value can say of itself."""
