"""Options and arguments that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from exchange.profile import Profile, load_profile

Config = Annotated[
    Path, typer.Option("--config", "-c", help="The hub's configuration.", envvar="ONCEONLY_CONFIG", show_default=True)
]
DEFAULT_CONFIG = Path("onceonly.toml")

ProfileFile = Annotated[
    Path, typer.Option("--profile", "-p", help="The client's profile (TOML).", envvar="ONCEONLY_PROFILE")
]
DEFAULT_PROFILE = Path("profile.toml")

OperatorId = Annotated[str, typer.Option("--operator", help="The person at work, instead of the profile's.")]

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


def profile_of(path: Path, operator: str) -> Profile:
    """The profile in the file, for the operator if one is named. Raises ``ProfileError``."""
    profile = load_profile(path)
    return profile.for_operator(operator) if operator else profile
