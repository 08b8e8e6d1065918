"""A counter's day in any order of right and wrong steps, against a model in dictionaries: on the embedded stores.

``ONCEONLY_MACHINE_RUNS`` makes it longer (docs/testing.md).
"""

import os

from hypothesis import HealthCheck, settings

from tests.fakes.counter_day import WholeDay

RUNS = int(os.environ.get("ONCEONLY_MACHINE_RUNS", "13"))

TestCounter = WholeDay.TestCase
TestCounter.settings = settings(
    max_examples=RUNS,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
