"""Makes a new hub, or brings the hub that is there to this version's schema.

    python prepare.py --config /etc/onceonly/onceonly.toml [--departments FILE --identities FOLDER]

1. A hub runs on this data folder: nothing, its schema is this version's or it would not run.
2. There are keys: ``onceonly migrate``.
3. There are none: ``onceonly init``, with the first departments if their file names any.
"""

import argparse
import fcntl
import os
import sys
from pathlib import Path

from exchange.config import load
from exchange.installation import layout


def runs(lock: Path) -> bool:
    """Whether a hub holds the lock of its run folder."""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def names_any(departments: Path) -> bool:
    """Whether the file says anything besides comments."""
    lines = departments.read_text("utf-8").splitlines() if departments.is_file() else []
    return any(line.strip() and not line.lstrip().startswith("#") for line in lines)


def command(config: Path, departments: Path | None, identities: Path) -> list[str] | None:
    """The arguments of ``onceonly`` that prepare the hub of this configuration; None if it runs.

    Raises ``ConfigError``.
    """
    places = layout(load(config))
    if runs(places.run / "lock"):
        return None
    if places.keys.is_dir() and any(places.keys.iterdir()):
        return ["migrate", "--config", str(config)]
    first = ["--departments", str(departments), "--identities", str(identities)]
    return ["init", "--config", str(config), *(first if departments is not None and names_any(departments) else ())]


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes a new hub, or brings the one that is there to this version.")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--departments", type=Path, help="YAML of the first departments; may be absent")
    parser.add_argument("--identities", type=Path, default=Path("/data/identities"), help="folder of their identities")
    given = parser.parse_args()
    arguments = command(given.config, given.departments, given.identities)
    if arguments is None:
        sys.stdout.write("a hub runs here: nothing to prepare\n")
        return
    os.execv(sys.executable, [sys.executable, "-m", "exchange.cli", *arguments])  # noqa: S606 our own command


if __name__ == "__main__":
    main()
