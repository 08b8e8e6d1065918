"""Names below a folder in byte order, for engines that can tell only what one folder holds."""

from collections.abc import Callable, Iterator


def names_below(entries: Callable[[str], list[str]], folder: str, prefix: str, after: str) -> Iterator[str]:
    """Names that begin with ``prefix`` and come after ``after``, without looking into folders that hold none.

    ``folder`` is empty or ends with ``/``, as all names given begin with it. ``entries`` tells what a folder holds in
    byte order, folders with a final ``/``, so that this order is also that of whole names. In memory is never more than
    what the folders on one path hold.
    """
    for entry in entries(folder):
        name = folder + entry
        if entry.endswith("/"):
            asked = name.startswith(prefix) or prefix.startswith(name)
            if asked and (name > after or after.startswith(name)):
                yield from names_below(entries, name, prefix, after)
        elif name.startswith(prefix) and name > after:
            yield name
