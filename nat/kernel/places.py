"""The hosts and NATs of a lab, as whoever uses it meets them."""

import asyncio
import contextvars
import subprocess
from collections.abc import Coroutine, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, TypeVar

from nat.behavior import Behavior
from nat.kernel import conntrack, loop, rules
from nat.kernel.namespaces import Namespace

T = TypeVar("T")

_SETTLED: Final = """
mount -t tmpfs none /mnt && printf %s "$1" > /mnt/hosts && : > /mnt/resolv.conf
for file in hosts resolv.conf; do mount --bind /mnt/$file /etc/$file; done
umount -l /mnt
mount -t sysfs none /sys
shift
exec "$@"
"""
"""In a mount namespace of its own, a program sees the world's names, no other name server, and its
host's interfaces."""


class KernelHost:
    """A host. `KernelLab.host` finds them.

    Attributes:
        name: as in the plan.
        addresses: all of them; the first of a family is the source of what it sends.
        namespace: where it is.
    """

    def __init__(
        self, name: str, addresses: tuple[str, ...], namespace: Namespace, names: str
    ) -> None:
        self.name = name
        self.addresses = addresses
        self.namespace = namespace
        self._names = names

    def __repr__(self) -> str:
        return f"<KernelHost {self.name} {' '.join(self.addresses)}>"

    @property
    def address(self) -> str:
        """The first address."""
        return self.addresses[0]

    def run(self, argv: Sequence[str], **options: Any) -> "subprocess.CompletedProcess[Any]":
        """Run a program on this host to its end. The options are those of `subprocess.run`."""
        return self.namespace.run(self._settled(argv), **options)

    def popen(self, argv: Sequence[str], **options: Any) -> "subprocess.Popen[Any]":
        """Start a program on this host. The options are those of `subprocess.Popen`."""
        return self.namespace.popen(self._settled(argv), **options)

    def command(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs a program on this host, from wherever it is given.

        The program finds the world's hosts by name.
        """
        return self.namespace.command(self._settled(argv))

    def enter(self) -> AbstractContextManager[None]:
        """Put the calling thread on this host, and back afterwards; nothing is awaited inside."""
        return self.namespace.entered()

    def start(
        self,
        group: asyncio.TaskGroup,
        coroutine: Coroutine[Any, Any, T],
        *,
        name: str | None = None,
    ) -> asyncio.Task[T]:
        """Start a task of the group on this host, inside `KernelLab.play`."""
        context = contextvars.copy_context()
        context.run(loop.place.set, self.namespace)
        return group.create_task(coroutine, name=name or self.name, context=context)

    def _settled(self, argv: Sequence[str]) -> list[str]:
        return ["unshare", "--mount", "sh", "-c", _SETTLED, "sh", self._names, *argv]


class KernelNat:
    """A NAT. `KernelLab.nat` finds them.

    Attributes:
        name: as in the plan.
        behavior: what it does.
        external: its addresses outside.
        namespace: where it is.
    """

    def __init__(
        self, name: str, behavior: Behavior, external: tuple[str, ...], namespace: Namespace
    ) -> None:
        self.name = name
        self.behavior = behavior
        self.external = external
        self.namespace = namespace

    def __repr__(self) -> str:
        return f"<KernelNat {self.name} {self.behavior.short} {' '.join(self.external)}>"

    def become(self, behavior: Behavior) -> None:
        """Become another NAT, without state.

        Raises:
            NotExpressibleError: the kernel cannot do that; it stays what it was.
        """
        rule_set = rules.rule_set(behavior, self.external)
        self.namespace.nft(f"flush ruleset\n{rule_set}\n")
        self.namespace.sysctl(**rules.parameters(behavior))
        self.behavior = behavior
        conntrack.flush(self.namespace)

    def reboot(self) -> None:
        """Forget all mappings and sessions."""
        self.become(self.behavior)

    def sessions(self) -> tuple[str, ...]:
        """What the kernel tracks there, one line each, in the form of /proc/net/nf_conntrack."""
        return conntrack.sessions(self.namespace)
