"""``python -m exchange.synthetic --seed 1 --people 3``: people and their employers as JSON lines."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from exchange.synthetic import Synthetic


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the first ``--people`` people of ``--seed``."""
    parser = argparse.ArgumentParser(prog="python -m exchange.synthetic", description="Synthetic people as JSON lines")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=3)
    options = parser.parse_args(arguments)
    synthetic = Synthetic(options.seed)
    for number in range(options.people):
        person = synthetic.person(number)
        shown = {**asdict(person), "employer": asdict(synthetic.employer(person))}
        sys.stdout.write(json.dumps(shown, ensure_ascii=False, default=str) + "\n")


if __name__ == "__main__":
    main()
