"""Who asks over the web, as far as an address tells, and how many conversations one address may open."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from channels.rates import Buckets, Rates

Network = IPv4Network | IPv6Network


class Addresses:
    """Limits how many conversations are opened from one address: all else on the web needs a token first.

    Only public addresses are limited: behind a private one stands an office, or a proxy nobody told us of, and
    a limit would punish everybody there.
    """

    def __init__(
        self, rates: Rates, trusted: Sequence[Network] = (), now: Callable[[], float] = time.monotonic
    ) -> None:
        """Believe what proxies in `trusted` say of who asked, and nobody else."""
        self._trusted = trusted
        self._buckets = Buckets(rates.openings_per_minute / 60, 2 * rates.openings_per_minute, now)

    def take(self, peer: str | None, forwarded: Sequence[str] = ()) -> float:
        """Return 0 to let a request in, or after how many seconds it may come again.

        `peer` is who is connected to us, `forwarded` the values of X-Forwarded-For.
        """
        key = _limited(client_address(peer, forwarded, self._trusted))
        return 0.0 if key is None else self._buckets.take(key)


def client_address(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str | None:
    """Return the address of who asked: the last that a trusted proxy names and that is no such proxy itself."""
    hops = [hop.strip() for value in forwarded for hop in value.split(",")]
    address = peer
    while hops and _within(address, trusted):
        address = hops.pop()
    return address


def _within(address: str | None, networks: Sequence[Network]) -> bool:
    try:
        return any(ip_address(address or "") in network for network in networks)
    except ValueError:
        return False


def _limited(address: str | None) -> str | None:
    """Return by what an address is limited, None for one that is not: an IPv6 subscriber has a whole /64."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return str(IPv6Network((found, 64), strict=False)) if found.is_global else None
        found = found.ipv4_mapped
    return str(found) if found.is_global else None
