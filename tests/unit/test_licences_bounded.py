"""Caches stay as small as they were made."""

from exchange.licences.bounded import Bounded


def test_what_was_used_longest_ago_goes_first():
    kept = Bounded(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)
