"""Processes that begin as copies of the supervisor: alone with what they were given, and gone when they end."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from exchange.serve.copying import can_copy
from tests.fakes.running_hub import until

ROOT = Path(__file__).parents[2]

# Copies are made in a process of their own: that of the tests has threads.
PROGRAM = """
import os, signal, socket, sys, time
from exchange.serve.copying import Copy, can_copy, import_all

def facts():
    open_at = {}
    for number in os.listdir("/proc/self/fd"):
        try:
            open_at[int(number)] = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            pass
    beyond = {where for number, where in open_at.items() if number > 2 and number != given}
    beyond = {where for where in beyond if where != "/dev/null" and not where.endswith("/fd")}
    told = [beyond, open_at[0], os.getpgid(0) == os.getpid(), os.environ["SAID"], signal.getsignal(signal.SIGTERM)]
    os.write(given, repr(told).encode())
    return 7

def stays():
    os.write(given, b"here")
    time.sleep(600)
    return 0

assert can_copy()
import_all(["json"])
signal.signal(signal.SIGTERM, lambda *_: None)
held = socket.socket(); held.bind(("127.0.0.1", 0)); kept = open("/etc/hostname")
reading, given = os.pipe()
copy = Copy(facts, environment={"SAID": "yes", "PROMETHEUS_MULTIPROC_DIR": sys.argv[1]}, descriptors=(given,))
print(os.read(reading, 10_000).decode(), copy.wait(60), copy.poll(), flush=True)
other = Copy(stays, environment={"PROMETHEUS_MULTIPROC_DIR": sys.argv[1]}, descriptors=(given,))
assert os.read(reading, 4) == b"here" and other.poll() is None
other.send_signal(signal.SIGTERM)
print(other.wait(60), flush=True)
other.send_signal(signal.SIGTERM)
failing = Copy(lambda: 1 / 0, environment={"PROMETHEUS_MULTIPROC_DIR": sys.argv[1]}, descriptors=())
print(failing.wait(60), flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="copies need /proc")
def test_a_copy_keeps_only_what_it_was_given_and_ends_by_itself(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'proto' / 'gen'}"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second, third = done.stdout.splitlines()
    default = repr(signal.Handlers.SIG_DFL)
    assert first == f"[set(), '/dev/null', True, 'yes', {default}] 7 7"
    assert second == str(-signal.SIGTERM)
    assert third == "1"
    assert "ZeroDivisionError" in done.stderr


def test_with_a_second_thread_none_is_made() -> None:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    until(thread.is_alive, "the thread")
    assert not can_copy()
    ended.set()
    thread.join()
