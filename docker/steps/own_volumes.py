"""Gives the volumes mounted below a folder to the number that every service runs as.

    python own_volumes.py /volumes 65532

A new volume belongs to whoever its image says, and each image says something else. This step alone runs as root, with
the one capability it needs (CHOWN), without a network, and ends. A volume that has its owner is left alone.
"""

import os
import sys
from pathlib import Path


def own(folder: Path, owner: int) -> list[Path]:
    """Change the owner of each folder in ``folder``, not of what is in them; returns those that were changed."""
    strangers = [path for path in sorted(folder.iterdir()) if path.is_dir() and path.stat().st_uid != owner]
    for path in strangers:
        os.chown(path, owner, owner, follow_symlinks=False)
    return strangers


if __name__ == "__main__":
    own(Path(sys.argv[1]), int(sys.argv[2]))
