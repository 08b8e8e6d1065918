"""Presentation codes, the consents that holders give by them, and what holders see of their own data's use."""
