# Everything a newcomer needs: Python 3.11 or newer, and make.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONPATH := proto/gen

.PHONY: demo demo-scale test coverage crash fuzz mutate check bench bench-smoke serve proto lock clean

# The environment is rebuilt only when the lock changes. The lock holds everything, so pip resolves nothing: its resolver
# would look at newer releases of what another package names with an extra, which have no hash here, and refuse.
.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Onceonly needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: .venv/installed
	$(BIN)/onceonly demo

# The same story on three machines, PostgreSQL, a Valkey cluster and S3, one of each killed in the middle.
demo-scale: .venv/installed
	$(BIN)/python -m servers.demo

# Most of the time of a test is spent waiting for a server or a process, so two cores bear four at once.
test: .venv/installed
	$(BIN)/python -m pytest -n 4 --dist loadfile

# The same tests, followed line by line and branch by branch in every process, which takes two thirds longer. Fails below 95 %.
coverage: .venv/installed
	$(BIN)/python -m pytest -n 4 --dist loadfile --cov --cov-report=term:skip-covered --cov-fail-under=95

# Three machines with their processes killed for minutes; the test of the same name in `make test` takes less of them.
crash: .venv/installed
	ONCEONLY_CRASH_SECONDS=240 $(BIN)/python -m pytest -n 0 tests/functional/test_machines_killed.py

# Installs nothing by itself: `.venv/bin/pip install atheris` first (tests/fuzz/README.md).
FUZZ_SECONDS ?= 60
fuzz: .venv/installed
	@$(BIN)/python -c 'import atheris' 2>/dev/null || { echo 'Fuzzing needs atheris: $(BIN)/pip install atheris'; exit 1; }
	for parser in qr sd_jwt status_list; do mkdir -p build/fuzz/$$parser && PYTHONPATH=proto/gen:. $(BIN)/python -m \
	  tests.fuzz.fuzz_$$parser -max_total_time=$(FUZZ_SECONDS) build/fuzz/$$parser tests/fuzz/seeds/$$parser || exit 1; done

# Changes the purpose room by one mistake at a time and asks its tests: many minutes.
mutate: .venv/installed
	PYTHONPATH=proto/gen:. $(BIN)/python -m tools.mutate

check: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.stubs
	$(BIN)/python -m tools.errors_page
	$(BIN)/python -m tools.house_rules
	$(BIN)/buf lint

bench: .venv/installed
	$(BIN)/python -m bench

bench-smoke: .venv/installed
	$(BIN)/python -m bench --smoke

serve: .venv/installed
	$(BIN)/onceonly serve

# Regenerates the committed stubs from the public contract.
proto: .venv/installed
	$(BIN)/python -m tools.stubs --write

# Pins every dependency with hashes and no index addresses (needs uv, a developer's tool); then, at the same versions,
# what the hub's image holds and what builds it.
LOCK_FLAGS := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header
lock:
	uv pip compile pyproject.toml --extra dev --extra hsm --extra parquet --extra scale $(LOCK_FLAGS) -o requirements.lock
	uv pip compile pyproject.toml --extra hsm --extra scale -c requirements.lock $(LOCK_FLAGS) -o docker/requirements.lock
	echo setuptools | uv pip compile - -c requirements.lock $(LOCK_FLAGS) -o docker/build.lock

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .coverage* .hypothesis
