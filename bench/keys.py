"""Signatures a second of receipts, by where the key is: in files, in a token, in a signer process, in both.

Each way is asked by one caller, and by sixteen at once as a worker's threads do. ``…_over_files`` is the rate over that
of files in the same round. SoftHSM signs on this machine's cores: a hardware module has other figures. The signer's
figures include its log, which is on disk before a signature leaves. Where SoftHSM is not installed, its rows are
absent.
"""

import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.results import Results
from bench.stage import Stage
from exchange.remote_keys import RemoteKeys
from signer import receipt as receipts
from signer.keys.backend import SignatureBackend
from signer.keys.files import FileKeyBackend
from tests.fakes.asked_signatures import receipt
from tests.fakes.running_signer import RunningSigner
from tests.real_softhsm import PIN, SoftToken, make_token

CALLERS = 16
_LIMITS = "[limits]\nreceipts = 100000000\n"


def measure(results: Results, _stage: Stage) -> None:
    """Every way in turn, several rounds; the median of each."""
    rounds, seconds = (1, 0.05) if results.smoke else (5, 1.5)
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="keys-")))
        ways = dict(_ways(folder, held))
        for callers in (1, CALLERS):
            found: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(rounds):
                for name, sign in ways.items():
                    found[name].append(_rate(sign, callers, seconds))
            for name, rates in found.items():
                _report(results, name, callers, rates, found["files"])


def _report(results: Results, name: str, callers: int, rates: list[float], baseline: list[float]) -> None:
    who = "one caller" if callers == 1 else f"{callers} callers at once"
    results.figure(f"keys_{name}_{callers}_per_s", statistics.median(rates), "1/s", f"receipts signed, {name}, {who}")
    if name != "files":
        over = statistics.median(rate / base for rate, base in zip(rates, baseline, strict=True))
        results.ratio(f"keys_{name}_{callers}_over_files", over, "—")


def _ways(folder: Path, held: ExitStack) -> Iterator[tuple[str, Callable[[], object]]]:
    files = FileKeyBackend(folder / "files", b"a passphrase of benchmarks")
    files.generate("receipts", "ES256")
    yield "files", _signing(files)
    yield "signer", _signing(held.enter_context(_through_signer(folder / "signer", "")))
    if shutil.which("softhsm2-util") is None:
        return
    token = make_token(folder / "softhsm")
    held.callback(os.environ.pop, "SOFTHSM2_CONF")
    # The signer's process has the token's key made first: two processes, one token.
    pin = folder / "pin"
    pin.touch(0o600)
    pin.write_bytes(PIN)
    keys = f'backend = "pkcs11"\n{_token_options(token)}pin_file = "{pin}"'
    through = held.enter_context(_through_signer(folder / "signer-token", keys))
    from signer.keys.pkcs11 import Pkcs11Keys

    inside = Pkcs11Keys(token.module, token.label, PIN)
    held.callback(inside.close)
    yield "pkcs11", _signing(inside)
    yield "signer_pkcs11", _signing(through)


def _token_options(token: SoftToken) -> str:
    return f'pkcs11_module = "{token.module}"\npkcs11_token = "{token.label}"\n'


@contextmanager
def _through_signer(folder: Path, keys: str) -> Iterator[SignatureBackend]:
    with RunningSigner(folder, _LIMITS, keys) as running:
        running.start()
        operator = RemoteKeys(running.address("operator"))
        operator.generate("receipts", "ES256")
        operator.close()
        hub = RemoteKeys(running.address())
        yield hub
        hub.close()
        running.stop()


def _signing(keys: SignatureBackend) -> Callable[[], object]:
    """Signs one receipt of now."""
    signer = keys.signer("receipts")
    header = receipts.encode_header(signer.kid, signer.alg)

    def sign() -> object:
        now = int(time.time())
        return receipts.sign(receipt(issue_time=now, expire_time=now + 60), header, signer.sign)

    return sign


def _rate(sign: Callable[[], object], callers: int, seconds: float) -> float:
    """Calls a second of so many threads."""
    counts = [0] * callers
    started = time.perf_counter()
    ends = started + seconds

    def call(number: int) -> None:
        while time.perf_counter() < ends:
            sign()
            counts[number] += 1

    threads = [threading.Thread(target=call, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - started)
