"""``onceonly serve`` with stand-ins for its processes."""

import os
import sys
from pathlib import Path

from exchange.serve.command import serve

STAND_IN = (sys.executable, str(Path(__file__).parent / "stand_in_role.py"))

if __name__ == "__main__":
    patience = float(os.environ.get("STAND_IN_PATIENCE", "120"))
    roles = ("recorder", "integrator", "publisher", "events", "public", "worker")
    sys.exit(serve(Path(sys.argv[1]), dict.fromkeys(roles, STAND_IN), patience))
