"""``python -m exchange.cli``: the same as ``onceonly``."""

import sys

from exchange.cli import main

if __name__ == "__main__":
    sys.exit(main())
