"""A real PKCS#11 token for tests: SoftHSM in a folder of its own.

The module reads its configuration when a process initialises it, so a token is made known through the environment of
the test's process (and of the processes that it starts).
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from signer.keys.backend import KeyBackend
from signer.keys.files import FileKeyBackend

_MODULES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"),
)
LABEL = "onceonly-tests"
PIN = b"1234-of-tests"
OTHER_PIN = b"4321-of-tests"


@dataclass(frozen=True)
class SoftToken:
    """An initialised token: where its module and its folder of objects are."""

    module: Path
    folder: Path
    label: str = LABEL
    pin: bytes = PIN

    def pull(self) -> None:
        """Take the token away."""
        self.folder.rename(self.folder.with_name("away"))

    def insert(self) -> None:
        """Put it back."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.with_name("away").rename(self.folder)


def softhsm_module() -> Path:
    """Where SoftHSM is; skips the test if it is not installed."""
    found = next((path for path in _MODULES if path.exists()), None)
    if found is None or shutil.which("softhsm2-util") is None:
        pytest.skip("softhsm2 is not installed: apt-get install softhsm2")
    return found


def make_token(place: Path, label: str = LABEL, options: str = "") -> SoftToken:
    """A new token below ``place``; this process's environment now says where.

    ``options`` are further lines of SoftHSM's configuration.
    """
    module = softhsm_module()
    folder = place / "tokens"
    folder.mkdir(parents=True, exist_ok=True)
    configuration = place / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {folder}\nobjectstore.backend = file\nlog.level = ERROR\n{options}\n"
    )
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    command = [
        "softhsm2-util",
        "--init-token",
        "--free",
        "--label",
        label,
        "--pin",
        PIN.decode(),
        "--so-pin",
        "so-12345",
    ]
    subprocess.run(command, check=True, capture_output=True)
    return SoftToken(module, folder, label)


@pytest.fixture
def soft_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftToken]:
    """A token of the test's own. Sessions that the test has left open are ended, as they would be with a process."""
    from signer.keys import pkcs11_session

    monkeypatch.setenv("SOFTHSM2_CONF", "")
    yield make_token(tmp_path / "softhsm")
    left = list(pkcs11_session._OPEN.values())
    pkcs11_session._OPEN.clear()
    for session in left:
        session.end()


def split_keys(token: SoftToken, folder: Path, passphrase: bytes, only: frozenset[str] | None = None) -> KeyBackend:
    """Signature keys in the token, secrets in the folder."""
    from signer.keys.pkcs11 import Pkcs11Keys
    from signer.keys.split import SplitBackend

    signatures = Pkcs11Keys(token.module, token.label, token.pin, only)
    return SplitBackend(signatures, FileKeyBackend(folder, passphrase, only))
