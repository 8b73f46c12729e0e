"""How much one network may send, counted in this process's memory: the same for the form and for submissions by graph.

A factory has one address for its 2,000 workers, and mobile operators have one for thousands of phones, so a network may
send good forms by the thousand, and garbage by the hundred. Networks, not people, are counted, in this process's memory
and nowhere else, and each is forgotten when its allowance is full again: within four minutes of its last request.
"""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address

from kit.errors import DomainError

# Of IPv4, what is routed at the least: who rents a machine is often given neighbours of its address. Of IPv6, what a
# site is given at the most: smaller prefixes cost an attacker nothing.
IPV4_BITS, IPV6_BITS = 24, 48

# What a request takes of its network's allowance. Who mistypes a slip pays less than who sends what no form sends.
PAGE, FORM, MISTAKE, GARBAGE = 1, 4, 20, 80
# A shift change: 2,000 workers open page and scripts (6 requests) and send a form within minutes, 20,000 in all. After
# that, 60 forms a second, a mobile operator's peak; or 3 pieces of garbage.
MOST, PER_SECOND = 24_000.0, 240.0
# Beyond so many networks in a few minutes, new ones share one allowance.
MOST_NETWORKS = 50_000
SWEEP_SECONDS = 20.0

_EVERYBODY_ELSE = b""


class TooManyRequests(DomainError):
    """Too much comes from the network at this moment; nothing was stored. Send it again after so many seconds."""

    code = "TOO_MANY_REQUESTS"
    vi = "Mạng mà anh/chị dùng đang gửi quá nhiều, nên phiếu chưa được lưu. Xin gửi lại sau {seconds} giây."
    en = "Too much is coming from the network you use, and nothing was stored. Please send it again in {seconds} s."
    extra = {"seconds": int}


@dataclass(slots=True)
class Allowance:
    """What a network may still ask for, at a moment, and what of its is being read."""

    left: float
    at: float
    reading: int = 0
    bytes: int = 0

    def refill(self, now: float) -> None:
        """Add what time has given back."""
        self.left = min(MOST, self.left + (now - self.at) * PER_SECOND)
        self.at = now

    def take(self, price: float) -> None:
        """Charge a request. However much is asked for at one moment, what was overdrawn is back in 100 seconds."""
        self.left = max(-MOST, self.left - price)

    def wait_for(self, price: float) -> int:
        """Return for how many seconds a request of this price has to wait; 0: it may go on."""
        return 0 if self.left >= price else math.ceil((price - self.left) / PER_SECOND) + 1

    @property
    def is_whole(self) -> bool:
        """Whether nothing needs to be remembered."""
        return self.left >= MOST and not self.reading


class Limits:
    """The allowances of all networks that asked for something in the last minutes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._allowances: dict[bytes, Allowance] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._allowances)

    def of(self, network: bytes) -> Allowance:
        """Return a network's allowance as it is now."""
        now = self._clock()
        allowance = self._allowances.get(network)
        if allowance is None:
            if len(self._allowances) >= MOST_NETWORKS:
                network = _EVERYBODY_ELSE
            allowance = self._allowances.setdefault(network, Allowance(MOST, now))
            self._sweep_later()
        allowance.refill(now)
        return allowance

    def sweep(self) -> None:
        """Forget the networks whose allowance is whole."""
        now = self._clock()
        for allowance in self._allowances.values():
            allowance.refill(now)
        self._allowances = {network: each for network, each in self._allowances.items() if not each.is_whole}
        self._sweeping = None
        if self._allowances:
            self._sweep_later()

    def _sweep_later(self) -> None:
        # A timer of a loop that has ended, as in tests, will never run.
        if self._sweeping is None or self._sweeping.when() < asyncio.get_running_loop().time() - SWEEP_SECONDS:
            self._sweeping = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self.sweep)


def network_at(address: str | None) -> bytes | None:
    """Return the network of an address. All whose address is not known are one network.

    None is this machine: who is on it needs no form to overload it.
    """
    try:
        known = ip_address(address.partition("%")[0]) if address else None
    except ValueError:
        known = None
    if known is None:
        return _EVERYBODY_ELSE
    if not isinstance(known, IPv4Address):
        known = known.ipv4_mapped or known
    if known.is_loopback:
        return None
    return known.packed[: (IPV4_BITS if known.version == 4 else IPV6_BITS) // 8]


# Of this process: whatever way it comes, what a network sends is counted together.
SHARED = Limits()
