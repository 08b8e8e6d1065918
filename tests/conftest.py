"""Real servers for the contract suites."""

pytest_plugins = ("tests.real_valkey",)
