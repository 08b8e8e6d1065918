"""What verifiers that others wrote need: their programs and packages, or a reason why they cannot be had."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NO_NODE = "node and npm, which run the JavaScript verifiers, are not on this machine"
NO_PACKAGES = "the JavaScript verifiers cannot be installed: npm reaches no registry"
NO_GO = "go and its module golang.org/x/mod as source (golang-golang-x-mod-dev) are not on this machine"
GO_SOURCES = Path("/usr/share/gocode")


@pytest.fixture(scope="session")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``verify.mjs`` and, in the versions and with the digests of the lock file, what it imports."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip(NO_NODE)
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "package-lock.json", "verify.mjs"):
        shutil.copy(HERE / name, folder)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    installed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if installed.returncode:
        assert "EINTEGRITY" not in installed.stderr, installed.stderr
        pytest.skip(NO_PACKAGES)
    return folder


@pytest.fixture(scope="session")
def go_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go verifier, built from the sources that the distribution packages; nothing is downloaded."""
    go = shutil.which("go")
    if go is None or not (GO_SOURCES / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip(NO_GO)
    folder = tmp_path_factory.mktemp("go")
    cache = folder / "cache"
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "GOCACHE": str(cache),
        "GOPATH": str(GO_SOURCES),
        "GO111MODULE": "off",
        "GOFLAGS": "-mod=mod",
        "CGO_ENABLED": "0",
    }
    program = folder / "verify"
    command = [go, "build", "-o", str(program), str(HERE / "go/main.go")]
    built = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert built.returncode == 0, built.stderr
    shutil.rmtree(cache)
    return program
