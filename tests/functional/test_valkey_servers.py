"""The servers that tests start end with whoever started them, however that comes about."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from servers.valkey import ValkeyServer, binary

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 60
STARTED = """
import sys, time
from pathlib import Path
from servers.valkey import ValkeyCluster
with ValkeyCluster(Path(sys.argv[1])) as cluster:
    print(*[node.pid for node in cluster.nodes], flush=True)
    time.sleep(600)
"""


def test_nothing_outlives_a_kill(tmp_path):
    with subprocess.Popen([sys.executable, "-c", STARTED, tmp_path], stdout=subprocess.PIPE, cwd=ROOT) as process:
        pids = [int(pid) for pid in process.stdout.readline().split()]
        assert len(pids) == 6
        assert all(_runs(pid) for pid in pids)
        os.kill(process.pid, signal.SIGKILL)
    until = time.monotonic() + WAIT_SECONDS
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_password_is_in_no_command_line_and_no_readable_file(tmp_path):
    with ValkeyServer(tmp_path / "own", password="a-secret-word") as server:
        assert b"a-secret-word" not in Path(f"/proc/{server.pid}/cmdline").read_bytes()
        holders = [path for path in (tmp_path / "own").iterdir() if b"a-secret-word" in path.read_bytes()]
        assert [path.stat().st_mode & 0o077 for path in holders] == [0]
        assert server.url == f"redis://hub@127.0.0.1:{server.port}/0"


def _runs(pid):
    """Whether it is this binary that runs under the number, and not a process that is dead or another's."""
    try:
        return os.path.samefile(f"/proc/{pid}/exe", binary())  # noqa: PTH121 the link is the kernel's
    except OSError:
        return False
