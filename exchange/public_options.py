"""The options of the public pages: where they are served, and how much of them at a time. Read by ``config``."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from exchange.options import OptionalAddress, OptionalPath, Seconds, Section, split_address


def _with_its_certificate(value: object, info: ValidationInfo) -> object:
    if (value is None) is not (info.data.get("certificate") is None):
        raise ValueError("certificate and key need each other: name both, or none")
    return value


def _protected(value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic calls it with the option's value
    address = info.data.get("address")
    if address is not None and not value and info.data.get("certificate") is None and not _is_loopback(address):
        raise ValueError(
            "must be true if another machine may ask without TLS: somebody in between could hold back a status list or "
            "show an older one, so either name certificate and key, or say that a proxy in front ends TLS"
        )
    return value


def _is_loopback(address: str) -> bool:
    host, _ = split_address(address)
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class PublicOptions(Section):
    """The public pages, over HTTP: status lists, trust list, the log, licence types. They need no credentials."""

    address: OptionalAddress = Field(
        default="127.0.0.1:7444", description="host:port of the public pages. Empty: not served."
    )
    certificate: OptionalPath = Field(
        default=None, description="PEM chain of the pages' certificate, leaf first. Empty: plain HTTP."
    )
    key: Annotated[OptionalPath, AfterValidator(_with_its_certificate)] = Field(
        default=None, validate_default=True, description="PEM private key of that certificate (mode 0600)."
    )
    behind_proxy: Annotated[bool, AfterValidator(_protected)] = Field(
        default=False,
        validate_default=True,
        description="A proxy in front ends TLS, and nobody else reaches the address. If false, plain HTTP is for this "
        "machine alone.",
    )
    connections: int = Field(
        default=512, ge=8, le=20_000, description="Connections at the same time; idle ones make room for new ones."
    )
    request_seconds: Seconds = Field(
        default=10.0, description="Longest wait for a request's head on an open connection, in seconds."
    )
    answer_seconds: Seconds = Field(default=60.0, description="Longest time one answer may take, in seconds.")
    max_age_seconds: int = Field(
        default=60,
        ge=0,
        le=86_400,
        description="For how long others may keep status lists and the trust list, in seconds.",
    )
    kept_seconds: Annotated[float, Field(ge=0.05, le=60, allow_inf_nan=False)] = Field(
        default=1.0, description="For how long the hub itself answers from what it has read, in seconds."
    )
    readers: int = Field(default=4, ge=1, le=64, description="Threads that read the stores for these pages.")
