"""``onceonly keys second``: an authority's key for second signatures."""

from typing import Annotated

import typer

from exchange.cli.failures import UseError
from exchange.cli.options import DEFAULT_CONFIG, Config, Json
from exchange.cli.output import write_json, write_line
from exchange.config import load
from exchange.installation import open_keys
from exchange.licences.second import second_key_id
from signer.algorithms import SECOND, public_to_jwk
from signer.identifier import uscc_valid


def second(
    *,
    uscc: Annotated[str, typer.Argument(metavar="USCC", help="The authority's unified social credit code.")],
    suite: Annotated[str, typer.Option(help="The signature suite of a new key.")] = "SM2-SM3",
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Make a new version; what older ones signed stays good.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
    json: Json = False,
) -> None:
    """Give an issuing authority a key for second signatures (SM2). A running hub finds it within seconds."""
    options = load(config)
    accepted = SECOND | set(options.suites.experimental)
    if not uscc_valid(uscc):
        raise UseError(f"{uscc[:40]!r} is not a unified social credit code.")
    if suite not in accepted:
        raise UseError(f"--suite: a second signature is of {', '.join(sorted(accepted))}.")
    keys, key_id = open_keys(options), second_key_id(uscc)
    there = key_id in {info.key_id for info in keys.list()}
    if there and not rotate:
        raise UseError(f"{uscc} has the key {key_id} already: --rotate makes a new version of it.")
    if rotate and not there:
        raise UseError(f"{uscc} has no second key yet: leave --rotate out.")
    info = keys.rotate(key_id) if rotate else keys.generate(key_id, suite)
    assert info.public is not None
    if json:
        jwk = public_to_jwk(info.public)
        write_json({"alg": info.suite, "id": key_id, "jwk": jwk, "kid": info.kid, "version": info.version})
    else:
        write_line(f"{uscc} signs a second time with {key_id}, version {info.version} ({info.suite}, kid {info.kid})")
