"""Migrations of the access index's database."""
