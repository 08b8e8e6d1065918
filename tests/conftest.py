"""What every test may ask for: real servers, started when first needed."""

pytest_plugins = ["tests.real_seaweed", "tests.real_servers", "tests.real_softhsm", "tests.real_valkey"]
