"""What every test may ask for: real servers, started when first needed. And what no test leaves to the next."""

import logging
import sys
import threading
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.real_seaweed", "tests.real_servers", "tests.real_softhsm", "tests.real_valkey"]

settings.register_profile("onceonly", deadline=None, suppress_health_check=(HealthCheck.too_slow,))
settings.load_profile("onceonly")  # how fast the machine is fails no test


@pytest.fixture(autouse=True)
def logs_of_its_own() -> Iterator[None]:
    """A test that configures the logs of its process leaves them as they were: its stream ends with it."""
    hooks = sys.excepthook, threading.excepthook
    handlers, level = list(logging.root.handlers), logging.root.level
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        sys.excepthook, threading.excepthook = hooks
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
        logging.captureWarnings(capture=False)
