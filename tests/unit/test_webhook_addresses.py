"""Where events may be posted: what may be registered, and what a name may resolve to."""

from ipaddress import ip_network

import pytest

from exchange.events.webhook_address import AddressRefusedError, AllowedHosts

LISTED = AllowedHosts(("desk.example", ".market.example", "odd.example:8443", "127.0.0.1", "[::1]"))


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("https://desk.example/a?b=c", True),
        ("https://desk.example", True),
        ("https://a.market.example/", True),
        ("https://odd.example:8443/", True),
        ("https://odd.example/", False),
        ("https://desk.example:8443/", False),
        ("https://market.example/", False),
        ("https://evilmarket.example/", False),
        ("https://desk.example.evil/", False),
        ("http://desk.example/", False),
        ("https://user@desk.example/", False),
        ("https://desk.example@evil/", False),
        ("https://desk.example\\@evil/", False),
        ("https://desk.example/#a", False),
        ("https://desk.example/a b", False),
        ("https://desk.example/\r\nX: y", False),
        ("https://DESK.example/", False),
        ("https://desk.example:99999/", False),
        ("https://desk.example/" + "a" * 500, False),
        ("https://[::1]/", False),
        ("https://a..market.example/", False),
        ("https://-a.market.example/", False),
        ("", False),
    ],
)
def test_which_addresses_may_be_registered(url: str, right: bool) -> None:
    assert (LISTED.problem(url) is None) is right


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "192.168.1.1",
        "0.0.0.0",
        "224.0.0.1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    url = f"https://{address}/"
    with pytest.raises(AddressRefusedError):
        AllowedHosts((address,)).addresses(url)
    assert AllowedHosts((address,), (ip_network(f"{address}/32"),)).addresses(url) == [address]


@pytest.mark.parametrize(
    "address",
    ["::1", "fe80::1", "fd00:ec2::254", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "ff0e::1", "::"],
)
def test_nor_those_that_lead_to_them(address: str) -> None:
    from ipaddress import ip_address

    assert AllowedHosts(())._permitted(ip_address(address)) is False


def test_a_public_address_is_permitted() -> None:
    assert AllowedHosts(("1.1.1.1",)).addresses("https://1.1.1.1/") == ["1.1.1.1"]
