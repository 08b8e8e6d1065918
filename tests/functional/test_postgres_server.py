"""The PostgreSQL that tests start: nothing of it is left behind, however whoever started it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from servers.postgres import PostgresOptions, PostgresServer
from servers.process import ServerError

PATIENCE = 60.0
STARTER = """
import sys, time
from pathlib import Path
from servers.postgres import PostgresOptions, PostgresServer
options = PostgresOptions(durable=False, template=Path(sys.argv[2]))
with PostgresServer(Path(sys.argv[1]), options) as server:
    print(server.local(), flush=True)
    time.sleep(600)
"""


def processes_in(folder):
    """Every process that has the folder in its command or works in it."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if str(folder) in (process / "cmdline").read_text() or str(folder) in str((process / "cwd").readlink()):
                    found.append(int(process.name))
            except OSError:
                continue
    return found


@pytest.fixture
def folder(short_folder):
    return short_folder / "kill9"


def test_nothing_is_left_after_kill_9_of_whoever_started_it(folder, postgres_template):
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, folder, postgres_template],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *filter(None, sys.path)])},
    )
    with starter:
        url = starter.stdout.readline().strip()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT 1")
            assert len(processes_in(folder)) > 3
            starter.send_signal(signal.SIGKILL)
            starter.wait()
            until = time.monotonic() + PATIENCE
            while processes_in(folder):
                assert time.monotonic() < until, processes_in(folder)
                time.sleep(0.05)


def test_what_was_committed_is_there_after_a_kill_and_a_start(postgres_servers):
    server = postgres_servers.start(options=PostgresOptions())
    server.ask("CREATE TABLE kept AS SELECT 7 AS n")
    server.kill()
    server.start()
    assert server.ask("SELECT n FROM kept") == "7"
    server.restart()
    assert server.ask("SELECT n FROM kept") == "7"


def test_a_folder_too_deep_for_its_socket_is_refused(tmp_path):
    with pytest.raises(ServerError, match="at most"):
        PostgresServer(tmp_path / ("deep" * 30))


def test_a_server_that_cannot_start_says_why(short_folder, postgres_template):
    options = PostgresOptions(template=postgres_template, settings=(("no_such_setting", "1"),))
    with pytest.raises(ServerError, match="no_such_setting"):
        PostgresServer(short_folder / "broken", options).start()
