"""miniupnpd as the stranger: a router in a namespace whose ports it opens by UPnP, NAT-PMP and PCP."""

import asyncio
import contextlib
import contextvars
import ipaddress
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from nat.kernel.loop import NamespaceLoop, place
from nat.kernel.namespaces import Namespace, Namespaces

T = TypeVar("T")

GATEWAY, ALICE, EXTERNAL = "192.168.1.1", "192.168.1.2", "9.8.7.6"
FAR, FAR_TOO = "9.8.7.1", "9.8.7.2"
ALICE6, FAR6, FAR_TOO6 = "2001:db8:a::2", "2001:db8:f::2", "2001:db8:f::3"
"""The daemon takes an external address of RFC 5737 or RFC 1918 for a sign of another NAT."""
PATIENCE = 60.0
CHAINS = """
table inet filter {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan" accept
    jump miniupnpd
  }
  chain miniupnpd { }
  chain prerouting { type nat hook prerouting priority -100; jump prerouting_miniupnpd; }
  chain postrouting {
    type nat hook postrouting priority 100;
    jump postrouting_miniupnpd
    meta nfproto ipv4 oifname "wan" masquerade
  }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
}
"""
SECOND_CHAINS = """
table inet filter {
  chain forward { type filter hook forward priority 1; jump miniupnpd; }
  chain miniupnpd { }
  chain prerouting { type nat hook prerouting priority -110; jump prerouting_miniupnpd; }
  chain postrouting { type nat hook postrouting priority 90; jump postrouting_miniupnpd; }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
}
"""
"""The same beside the rules of a NAT of the kernel lab, which translate and let answers in."""
_CHAINS = ("", "prerouting_")
SETTINGS = """
ext_ifname=wan
ext_ifname6=wan
listening_ip=lan
http_port=0
enable_natpmp=yes
enable_upnp=yes
secure_mode=yes
ipv6_disable=no
min_lifetime=120
max_lifetime=86400
upnp_table_name=filter
upnp_nat_table_name=filter
lease_file={directory}/leases
minissdpdsocket={directory}/none
uuid=8d5e2a6c-5e6a-4c8c-9a5a-1f3b5d7c9e11
allow 1024-65535 192.168.1.0/24 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
"""


def find(program: str) -> str:
    """Return the path of a program; without it the tests fail, they are not skipped."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        pytest.fail(f"{program} is not installed: the set-up step of `make test` installs it")
    return found


class Home:
    """Alice behind the router, and somebody far away.

    Over IPv6 the router forwards what alice sends and answers to that, and translates nothing.

    Attributes:
        alice: where her programs run.
        router: where the daemon runs.
        far: where strangers are.
        gateway6: the router's address of IPv6, on alice's link alone.
    """

    def __init__(self, namespaces: Namespaces) -> None:
        self.alice, self.router, self.far = map(namespaces.create, ("alice", "router", "far"))
        namespaces.connect(
            ((self.alice, "eth0"), (self.router, "lan")), ((self.far, "eth0"), (self.router, "wan"))
        )
        self.router.ip(
            f"address add {GATEWAY}/24 dev lan",
            "link set lan up",
            f"address add {EXTERNAL}/24 dev wan",
            "link set wan up",
        )
        self.far.ip(
            f"address add {FAR}/24 dev eth0",
            f"address add {FAR_TOO}/24 dev eth0",
            "link set eth0 up",
        )
        self.alice.ip(
            f"address add {ALICE}/24 dev eth0",
            "link set eth0 up",
            f"route add default via {GATEWAY}",
        )
        self.router.sysctl(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1)
        self.router.nft(CHAINS)
        self.gateway6 = f"{self._link_local()}%eth0"
        self._connect6()

    def _link_local(self) -> str:
        asked = ["ip", "-6", "-o", "address", "show", "dev", "lan", "scope", "link"]
        listed = self.router.run(asked, capture_output=True, text=True, check=True).stdout
        return listed.split()[3].partition("/")[0]

    def _connect6(self) -> None:
        """Addresses that count at once (RFC 4862 §5.4 would have them wait for a second)."""
        self.router.ip(
            "address add 2001:db8:a::1/64 dev lan nodad",
            "address add 2001:db8:f::1/64 dev wan nodad",
        )
        self.alice.ip(
            f"address add {ALICE6}/64 dev eth0 nodad",
            f"route add default via {self.gateway6.partition('%')[0]} dev eth0",
        )
        self.far.ip(
            f"address add {FAR6}/64 dev eth0 nodad",
            f"address add {FAR_TOO6}/64 dev eth0 nodad",
            "route add 2001:db8:a::/64 via 2001:db8:f::1",
        )

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Do something on alice's machine."""
        with asyncio.Runner(loop_factory=NamespaceLoop) as runner:
            return runner.run(within(self.alice, main))

    @property
    def opened(self) -> list[str]:
        """The rules by which the router lets strangers in."""
        nft = [find("nft"), "list", "chain", "inet", "filter", "prerouting_miniupnpd"]
        listed = self.router.run(nft, capture_output=True, text=True, check=True).stdout
        return [line.strip() for line in listed.splitlines() if "dnat" in line]

    @property
    def pinholes(self) -> list[str]:
        """The rules by which the router lets strangers in over IPv6; they have addresses as numbers."""
        alice = f"{int(ipaddress.IPv6Address(ALICE6)):#034x}"
        nft = [find("nft"), "list", "chain", "inet", "filter", "miniupnpd"]
        listed = self.router.run(nft, capture_output=True, text=True, check=True).stdout
        return [line.strip() for line in listed.splitlines() if alice in line]

    @property
    def listening(self) -> int:
        """How many sockets on alice's machine hear what gateways announce."""
        tables = ["cat", "/proc/net/udp", "/proc/net/udp6"]
        listed = self.alice.run(tables, capture_output=True, text=True, check=True).stdout
        ports = {f":{number:04X}" for number in (1900, 5350)}
        return sum(line.split()[1][-5:] in ports for line in listed.splitlines())

    def forget(self) -> None:
        """Let nobody in whom the daemon has let in, as when the router starts anew."""
        self.router.nft("".join(f"flush chain inet filter {one}miniupnpd\n" for one in _CHAINS))

    async def knock(self, port: int, external: tuple[str, int], within: float = 0.2) -> bool:
        """Send a datagram from far away; tell whether it comes to a port of alice's in time."""
        loop = asyncio.get_running_loop()
        six = ":" in external[0]
        family = socket.AF_INET6 if six else socket.AF_INET
        with self.alice.socket(family, socket.SOCK_DGRAM) as door:
            door.setblocking(False)
            door.bind((ALICE6 if six else ALICE, port))
            with self.far.socket(family, socket.SOCK_DGRAM) as stranger:
                stranger.bind((FAR_TOO6 if six else FAR_TOO, 0))
                stranger.sendto(b"knock", external)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(within):
                        return await loop.sock_recv(door, 100) == b"knock"
        return False


async def within(where: Namespace, work: Coroutine[Any, Any, T]) -> T:
    """Do something in a namespace."""
    context = contextvars.copy_context()
    context.run(place.set, where)
    return await asyncio.create_task(work, context=context)


@contextlib.contextmanager
def daemon(router: Namespace, directory: Path) -> Iterator[None]:
    """Let miniupnpd run on a router that has its chains, and end it by its own handle."""
    settings, log = directory / "settings", directory / "log"
    settings.write_text(SETTINGS.format(directory=directory))
    argv = [find("miniupnpd"), "-d", "-f", str(settings), "-P", str(directory / "pid")]
    with log.open("w") as out:
        process = router.popen(argv, stdout=out, stderr=subprocess.STDOUT)
    try:
        began = time.monotonic()
        while "Listening for NAT-PMP/PCP traffic" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < began + PATIENCE, log.read_text()
            time.sleep(0.01)
        yield
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def home(directory: Path) -> Iterator[Home]:
    """A home whose router opens ports."""
    with Namespaces() as namespaces:
        made = Home(namespaces)
        with daemon(made.router, directory):
            yield made
