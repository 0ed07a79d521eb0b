from __future__ import annotations

from ipaddress import ip_network

import pytest

from channels.addresses import Addresses, client_address
from channels.rates import Rates

PROXY = (ip_network("10.0.0.0/24"), ip_network("127.0.0.1"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "who"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # no proxy of ours: anybody may write anything
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),  # only the last was written by our proxy
        ("127.0.0.1", ["1.1.1.1", "198.51.100.1, 10.0.0.7"], "198.51.100.1"),
        ("127.0.0.1", ["10.0.0.7"], "10.0.0.7"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["nobody, unknown"], "unknown"),
        (None, ["198.51.100.1"], None),
    ],
)
def test_whom_a_request_comes_from(peer: str | None, forwarded: list[str], who: str | None) -> None:
    assert client_address(peer, forwarded, PROXY) == who


def spent(address: str) -> Addresses:
    """An address that has opened all it may for now."""
    addresses = Addresses(Rates(openings_per_minute=1), now=lambda: 0.0)
    assert [addresses.take(address) for _ in range(2)] == [0, 0]
    return addresses


def test_a_public_address_is_limited_and_another_is_not() -> None:
    addresses = spent("8.8.8.8")
    assert addresses.take("8.8.8.8") == pytest.approx(60)
    assert addresses.take("::ffff:8.8.8.8") > 0
    assert addresses.take("8.8.4.4") == 0


def test_an_ipv6_subscriber_has_many_addresses() -> None:
    addresses = spent("2a02:26f0::1")
    assert addresses.take("2a02:26f0::2") > 0
    assert addresses.take("2a02:26f0:0:1::1") == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.1.4", "::1", "fd00::1", "::ffff:10.0.0.1", "x"])
def test_an_office_or_an_unknown_proxy_is_not_punished(address: str) -> None:
    assert spent(address).take(address) == 0


def test_behind_a_trusted_proxy_everybody_has_their_own_limit() -> None:
    addresses = Addresses(Rates(openings_per_minute=1), PROXY, now=lambda: 0.0)
    for _ in range(2):
        assert addresses.take("127.0.0.1", ["8.8.8.8"]) == 0
    assert addresses.take("127.0.0.1", ["8.8.8.8"]) > 0
    assert addresses.take("127.0.0.1", ["8.8.4.4"]) == 0
