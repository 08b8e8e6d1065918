"""The fast store: short-lived values that may be lost at any moment without harm."""
