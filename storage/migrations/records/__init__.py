"""Migrations of the records database."""
