"""Network namespaces of this process: made, connected, entered, and gone with it.

They have no names in /run/netns and leave nothing in the namespace this process began in: the
kernel removes them, with the interfaces, addresses and rules in them, when this process ends,
however it ends. Programs that still run in them are ended by a watchdog.

    with Namespaces() as namespaces:
        alice, bob = namespaces.create("alice"), namespaces.create("bob")
        namespaces.connect((alice, "eth0"), (bob, "eth0"))
        alice.ip("address add 192.0.2.1/24 dev eth0", "link set eth0 up")
        bob.ip("address add 192.0.2.2/24 dev eth0", "link set eth0 up")
        alice.run(["ping", "-c", "1", "192.0.2.2"])
"""

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from nat.kernel import syscalls
from nat.kernel.errors import CommandFailedError, KernelLabError
from nat.kernel.orphans import OWNER_VARIABLE, owner
from nat.kernel.watchdog import Watchdog, end_all

PATIENCE: Final = 1.0
"""Seconds that programs are given to end when asked, before they are killed."""

_LONGEST_INTERFACE: Final = 15
_FIRST_NUMBER: Final = 1000
"""Of the ends of cables; above the numbers that the kernel gives by itself, which begin with 1."""


class Namespace:
    """A network namespace. `Namespaces.create` makes them; `lo` is up in it, and nothing else there.

    Attributes:
        name: what its owner calls it; the kernel does not know.
    """

    def __init__(self, name: str, descriptor: int) -> None:
        self.name = name
        self._descriptor = descriptor

    def __repr__(self) -> str:
        return f"<Namespace {self.name} {self.path}>"

    @property
    def descriptor(self) -> int:
        """A file descriptor of it, open as long as its owner is."""
        return self._descriptor

    @property
    def path(self) -> str:
        """A file that is the namespace, for `nsenter --net=PATH`, as long as its owner lasts."""
        return f"/proc/{os.getpid()}/fd/{self._descriptor}"

    @property
    def inode(self) -> int:
        """The number by which the kernel knows it: what /proc/PID/ns/net shows."""
        return os.fstat(self._descriptor).st_ino

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Put the calling thread into the namespace, and back afterwards.

        A socket stays in the namespace in which it was made, so it is enough to make it inside.
        Nothing may be awaited inside: other tasks would find themselves there.
        """
        here = syscalls.current()
        try:
            syscalls.enter(self._descriptor)
            try:
                yield
            finally:
                syscalls.enter(here)
        finally:
            os.close(here)

    def socket(self, *arguments: Any) -> socket.socket:
        """Make a socket inside. The arguments are those of `socket.socket`."""
        with self.entered():
            return socket.socket(*arguments)

    def ip(self, *commands: str) -> None:
        """Run commands of `ip` inside, in one go: `address add 192.0.2.1/24 dev eth0`.

        Raises:
            CommandFailedError: `ip` refused one; the message has its words.
        """
        self._feed(["ip", "-batch", "-"], "\n".join(commands) + "\n")

    def nft(self, rules: str) -> None:
        """Add rules to those of nftables inside; either all of them or none.

        Raises:
            CommandFailedError: `nft` refused them; the message has its words.
        """
        self._feed(["nft", "-f", "-"], rules)

    def sysctl(self, **settings: str | int) -> None:
        """Set parameters below /proc/sys/net; two underscores stand for a slash (`ipv4__ip_forward=1`).

        Raises:
            CommandFailedError: the kernel has no such parameter, or refuses the value.
        """
        with self.entered():
            for key, value in settings.items():
                path = Path("/proc/sys/net", *key.split("__"))
                try:
                    path.write_text(f"{value}\n")
                except OSError as error:
                    raise CommandFailedError(
                        f"{path} = {value}, in {self.name}: {error.strerror}"
                    ) from None

    def command(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs a program inside, for whoever starts it in a way of their own."""
        enter = ["nsenter", f"--net={self.path}", "--", *argv]
        return ["env", f"{OWNER_VARIABLE}={owner()}", *enter]

    def run(self, argv: Sequence[str], **options: Any) -> "subprocess.CompletedProcess[Any]":
        """Run a program inside to its end. The options are those of `subprocess.run`."""
        return subprocess.run(self.command(argv), check=options.pop("check", False), **options)  # noqa: S603 - a lab runs what it is given

    def popen(self, argv: Sequence[str], **options: Any) -> "subprocess.Popen[Any]":
        """Start a program inside. The options are those of `subprocess.Popen`."""
        return subprocess.Popen(self.command(argv), **options)  # noqa: S603 - a lab runs what it is given

    def _feed(self, argv: list[str], text: str) -> None:
        program = shutil.which(argv[0], path=_search_path())
        if program is None:
            package = {"ip": "iproute2", "nft": "nftables"}[argv[0]]
            raise CommandFailedError(
                f"{argv[0]} is not installed: `apt-get install {package}` (Debian, Ubuntu)"
            )
        with self.entered():
            done = subprocess.run(  # noqa: S603 - `ip` or `nft`
                [program, *argv[1:]], input=text, capture_output=True, text=True, check=False
            )
        if done.returncode != 0:
            words = (done.stderr or done.stdout).strip()
            raise CommandFailedError(f"{argv[0]}, in {self.name}: {words}\n{text.rstrip()}")


class Namespaces:
    """The owner of network namespaces, and a context manager that removes them.

    Raises:
        NeedsRootError: this process may not make any; raised by `create`.
    """

    def __init__(self) -> None:
        self._all: list[Namespace] = []
        self._numbers = itertools.count(_FIRST_NUMBER)
        self._watchdog: Watchdog | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Namespace]:
        return iter(self._all)

    def create(self, name: str) -> Namespace:
        """Make a namespace."""
        made = Namespace(name, syscalls.new())
        self._all.append(made)
        if self._watchdog is None:
            self._watchdog = Watchdog()
        self._watchdog.guard(made.descriptor)
        # Duplicate address detection would keep an IPv6 address from use for a second or two.
        made.sysctl(ipv6__conf__all__accept_dad=0, ipv6__conf__default__accept_dad=0)
        _let_bridges_be_bridges(made)
        made.ip("link set lo up")
        return made

    def connect(self, *cables: tuple[tuple[Namespace, str], tuple[Namespace, str]]) -> None:
        """Connect namespaces by cables (veth pairs), whose ends are given as (namespace, interface).

        Both ends are down at first.
        """
        for end in (end for cable in cables for end in cable):
            if not 0 < len(end[1]) <= _LONGEST_INTERFACE:
                raise KernelLabError(
                    f"an interface's name has 1 to {_LONGEST_INTERFACE} characters, not {end[1]!r}"
                )
        if cables:
            # Said from inside one of them, so that nothing shows up where this process began.
            cables[0][0][0].ip(*(self._cable(*cable) for cable in cables))

    def _cable(self, one: tuple[Namespace, str], other: tuple[Namespace, str]) -> str:
        # Two ends that bear one number, each in its namespace, come up as late as a second after
        # they were told to: the kernel takes such a cable for no cable, whose news can wait.
        first, second = next(self._numbers), next(self._numbers)
        return (
            f"link add name {one[1]} index {first} netns {one[0].path} type veth"
            f" peer name {other[1]} index {second} netns {other[0].path}"
        )

    def close(self) -> None:
        """End what runs in the namespaces, within seconds, and remove them."""
        if not self._all:
            return
        with contextlib.suppress(OSError):
            end_all({one.inode for one in self._all}, patience=PATIENCE)
        for one in self._all:
            os.close(one.descriptor)
        self._all.clear()
        if self._watchdog is not None:
            self._watchdog.release()
            self._watchdog = None


def _let_bridges_be_bridges(namespace: Namespace) -> None:
    """Keep the rules of nftables from frames that cross a bridge.

    With br_netfilter in the kernel they would see them before a router does: a packet that turns
    around would be translated in the bridge, which sends nothing back to the port it came from.
    """
    with namespace.entered():
        switches = [one.name for one in Path("/proc/sys/net/bridge").glob("bridge-nf-call-*tables")]
    namespace.sysctl(**{f"bridge__{one}": 0 for one in switches})


def _search_path() -> str:
    """Where `ip` and `nft` are; a user's PATH may lack the directories of the administrator's."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
