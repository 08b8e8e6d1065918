"""What an act that fails leaves in the file system: nothing that was not there before."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def nothing_new_on_failure(*paths: Path) -> Iterator[None]:
    """Remove, if what is done inside raises, whatever was not there: these files and folders, and what folders hold.

    Of a folder that was there its direct children are looked at. Not undone: changed files, and a process that is
    killed.
    """
    before = {path: _children(path) for path in paths}
    there = {path for path in paths if path.exists()}
    try:
        yield
    except BaseException:
        for path in paths:
            if path not in there:
                _remove(path)
            for child in _children(path) - before[path]:
                _remove(child)
        raise


def _children(path: Path) -> frozenset[Path]:
    return frozenset(path.iterdir()) if path.is_dir() else frozenset()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
