"""Generate the stubs of the public contract into proto/gen, or check that the committed ones are up to date.

python -m tools.stubs          compare; exit 1 if a stub is missing, old or unknown
python -m tools.stubs --write  write them
"""

import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
GENERATED = PROTO / "gen"
PACKAGES = {
    "onceonly/__init__.py": '"""Generated stubs of the public contract: do not edit; run `make proto`."""\n',
    "onceonly/signer/__init__.py": '"""The signer process\'s own contract: not public."""\n',
    "onceonly/signer/v1/__init__.py": '"""Package onceonly.signer.v1, generated from proto/onceonly/signer/v1."""\n',
    "onceonly/v1/__init__.py": '"""Package onceonly.v1, generated from proto/onceonly/v1."""\n',
}


def generate(target: Path) -> None:
    """Write the stubs of every file of the contract below ``target``; raises SystemExit if protoc fails."""
    sources = sorted(str(path.relative_to(PROTO)) for path in (PROTO / "onceonly").rglob("*.proto"))
    plugin = Path(sys.executable).parent / "protoc-gen-mypy_grpc"
    arguments = [
        "protoc",
        f"-I{PROTO}",
        f"-I{files('grpc_tools') / '_proto'}",
        f"--plugin=protoc-gen-mypy_grpc={plugin}",
        f"--python_out={target}",
        f"--pyi_out={target}",
        f"--grpc_python_out={target}",
        f"--mypy_grpc_out=quiet:{target}",
        *sources,
    ]
    if protoc.main(arguments) != 0:
        sys.exit("protoc refused the contract; see above")
    for name, text in PACKAGES.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in list(target.rglob("*_pb2_grpc.py*")):
        if "_service_pb2" not in path.name:
            path.unlink()


def stubs(folder: Path) -> dict[str, bytes]:
    """Relative path and content of every stub below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*.py*"))
        if path.suffix in {".py", ".pyi"} and path.is_file()
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        generate(Path(scratch))
        fresh = stubs(Path(scratch))
    if "--write" in sys.argv[1:]:
        for name in stubs(GENERATED).keys() - fresh.keys():
            (GENERATED / name).unlink()
        for name, content in fresh.items():
            path = GENERATED / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        sys.stdout.write(f"{len(fresh)} stubs written\n")
        return
    committed = stubs(GENERATED)
    wrong = sorted(name for name in fresh.keys() | committed.keys() if fresh.get(name) != committed.get(name))
    if wrong:
        sys.exit("Stubs are not up to date (run `make proto`): " + ", ".join(wrong))
    sys.stdout.write(f"{len(fresh)} stubs are up to date\n")


if __name__ == "__main__":
    main()
