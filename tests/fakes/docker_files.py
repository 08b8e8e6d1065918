"""The files of docker/ as tests read them."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
STEPS = DOCKER / "steps"
COMPOSE = {name: yaml.safe_load((DOCKER / name).read_text("utf-8")) for name in ("compose.yaml", "compose.scale.yaml")}
ENVOY_METRICS = {"envoy_cluster_membership_healthy", "envoy_cluster_membership_total"}
"""What alerts and the dashboard read of Envoy; test_envoy.py looks them up in a running one."""

NUMBER = "65532"
"""The user that everything in the containers runs as."""


def service(file: str, name: str) -> dict[str, Any]:
    """A service of a compose file."""
    found: dict[str, Any] = COMPOSE[file]["services"][name]
    return found


def sources(entries: list[Any]) -> list[str]:
    """The names that a service's ``secrets`` or ``configs`` refer to."""
    return [each if isinstance(each, str) else each["source"] for each in entries]


def step(name: str) -> Any:
    """The module of a one-shot step."""
    spec = importlib.util.spec_from_file_location(f"steps_{name}", STEPS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"steps_{name}"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def make_secrets(folder: Path) -> Path:
    """Run the step that makes the secrets; returns the folder."""
    subprocess.run([sys.executable, STEPS / "make_secrets.py", folder], check=True, capture_output=True)
    return folder
