"""docker/envoy/envoy.yaml for hubs on this machine: the same file, with other addresses.

    python -m tools.local_envoy --service 127.0.0.1:7443 --pages 127.0.0.1:9902 --admin 127.0.0.1:9901 \\
        --hub 127.0.0.1:21443/127.0.0.1:21480 --hub 127.0.0.1:22443/127.0.0.1:22480 > envoy.yaml
    .venv/bin/envoy -c envoy.yaml --disable-hot-restart --concurrency 1

``--hub`` names the address of a hub's service and that of its page of health. The listeners of the object store and of
the public pages are left out. Nothing else changes, so what holds for this file (tests/functional/test_envoy.py) holds
for the other.
"""

import argparse
import sys
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import yaml

LEFT_OUT: Final = frozenset({"events", "objects", "public"})
SOURCE: Final = Path(__file__).resolve().parents[1] / "docker" / "envoy" / "envoy.yaml"


def local(
    source: dict[str, Any], service: str, pages: str, admin: str, hubs: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """The configuration with the addresses given (host:port each); ``hubs`` are (service, page of health)."""
    config = deepcopy(source)
    config["admin"]["address"] = _address(admin)
    resources = config["static_resources"]
    resources["listeners"] = [each for each in resources["listeners"] if each["name"] not in LEFT_OUT]
    resources["clusters"] = [each for each in resources["clusters"] if each["name"] not in LEFT_OUT]
    listeners = {each["name"]: each for each in resources["listeners"]}
    clusters = {each["name"]: each for each in resources["clusters"]}
    listeners["hubs"]["address"] = _address(service)
    listeners["pages"]["address"] = _address(pages)
    clusters["hubs"]["load_assignment"]["endpoints"] = [{"lb_endpoints": [_hub(*each) for each in hubs]}]
    clusters["administration"]["load_assignment"]["endpoints"] = [
        {"lb_endpoints": [{"endpoint": {"address": _address(admin)}}]}
    ]
    return config


def _address(text: str) -> dict[str, Any]:
    host, _, port = text.rpartition(":")
    return {"socket_address": {"address": host, "port_value": int(port)}}


def _hub(service: str, page: str) -> dict[str, Any]:
    health = _address(page)["socket_address"]
    return {
        "endpoint": {
            "address": _address(service),
            "health_check_config": {
                "address": {"socket_address": {"address": health["address"], "port_value": health["port_value"]}}
            },
        }
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes an Envoy configuration for hubs on this machine.")
    for option in ("--service", "--pages", "--admin"):
        parser.add_argument(option, required=True, metavar="HOST:PORT")
    parser.add_argument("--hub", action="append", required=True, metavar="HOST:PORT/HOST:PORT")
    given = parser.parse_args()
    hubs = [(service, page) for service, _, page in (each.partition("/") for each in given.hub)]
    source = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    yaml.safe_dump(local(source, given.service, given.pages, given.admin, hubs), sys.stdout, sort_keys=False)


if __name__ == "__main__":
    main()
