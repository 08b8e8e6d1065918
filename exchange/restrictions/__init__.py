"""Restrictions: what a supervising department forbids to do with one person's licences, or shows them later."""
