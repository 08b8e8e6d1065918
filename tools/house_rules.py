"""House rules that no linter knows: file sizes, names that say nothing, texts that must not be committed."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HARD_CAP = 500
EMPTY_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "misc", "base_service"}
FORBIDDEN = ("files.pythonhosted" + ".org", "registry.npmjs" + ".org", "pypi" + ".org/simple", "deb.debian" + ".org")


def tracked() -> list[str]:
    """Every committed file, or every file where there is no repository (a source archive)."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607 git is found on the developer's path
    if listed.returncode == 0 and listed.stdout:
        return listed.stdout.splitlines()
    return [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts]


def problems(names: list[str]) -> list[str]:
    """One sentence for each broken rule."""
    found = []
    for name in names:
        path = ROOT / name
        if not path.is_file() or name.startswith("proto/gen/"):
            continue
        if path.suffix == ".py":
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > HARD_CAP:
                found.append(f"{name}: {lines} lines, cap {HARD_CAP}: what else does it say?")
            if EMPTY_NAMES & set(Path(name).with_suffix("").parts):
                found.append(f"{name}: a name that says nothing")
        if path.suffix in {".py", ".md", ".toml", ".lock", ".yaml", ".yml", ".json", ""}:
            text = path.read_text(encoding="utf-8", errors="replace")
            found.extend(f"{name}: names the registry host {host}" for host in FORBIDDEN if host in text)
    return found


def main() -> None:
    found = problems(tracked())
    if found:
        sys.exit("\n".join(found))
    sys.stdout.write("house rules hold\n")


if __name__ == "__main__":
    main()
