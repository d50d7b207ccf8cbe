"""The hosts and NATs of a lab, as whoever uses it meets them."""

import asyncio
import contextvars
import subprocess
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, TypeVar

from nat.behavior import Behavior
from nat.kernel import conntrack, firewalls, loop, rules
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


class KernelRouter:
    """A NAT or a firewall: what both can do.

    Attributes:
        name: as in the plan.
        behavior: what it does.
        namespace: where it is.
    """

    def __init__(self, name: str, behavior: Behavior, namespace: Namespace) -> None:
        self.name = name
        self.behavior = behavior
        self.namespace = namespace

    def reboot(self) -> None:
        """Forget all mappings and sessions."""
        raise NotImplementedError

    def block_udp(self, *, blocked: bool = True) -> None:
        """Pass no more UDP; or pass it again, as if nothing had been."""
        self.namespace.nft(_BLOCKED if blocked else f"{_BLOCKED}delete table inet blocking\n")

    def sessions(self) -> tuple[str, ...]:
        """What the kernel tracks there, one line each, in the form of /proc/net/nf_conntrack."""
        return conntrack.sessions(self.namespace)

    def _install(self, rule_set: str, parameters: Mapping[str, int]) -> None:
        self.namespace.nft(f"flush ruleset\n{rule_set}\n")
        self.namespace.sysctl(**parameters)
        conntrack.flush(self.namespace)


_BLOCKED: Final = """table inet blocking {
  chain pass {
    type filter hook forward priority filter - 1; policy accept;
    meta l4proto udp drop
  }
}
"""


class KernelNat(KernelRouter):
    """A NAT. `KernelLab.nat` finds them.

    Attributes:
        external: its addresses outside.
    """

    def __init__(
        self, name: str, behavior: Behavior, external: tuple[str, ...], namespace: Namespace
    ) -> None:
        super().__init__(name, behavior, namespace)
        self.external = external

    def __repr__(self) -> str:
        return f"<KernelNat {self.name} {self.behavior.short} {' '.join(self.external)}>"

    def become(self, behavior: Behavior) -> None:
        """Become another NAT, without state.

        Raises:
            NotExpressibleError: the kernel cannot do that; it stays what it was.
        """
        rule_set = rules.rule_set(behavior, self.external)
        self._install(rule_set, rules.parameters(behavior))
        self.behavior = behavior

    def reboot(self) -> None:
        """Forget all mappings and sessions."""
        self.become(self.behavior)

    def renumber(self, external: tuple[str, ...]) -> None:
        """Get other addresses outside, and forget everything."""
        before, self.external = self.external, external
        # In this order, because the last address to go takes the routes with it.
        self.namespace.ip(
            *(f"address add {one} dev {rules.WAN}" for one in external if one not in before),
            *(f"address del {one} dev {rules.WAN}" for one in before if one not in external),
        )
        self.reboot()


class KernelFirewall(KernelRouter):
    """A firewall. `KernelLab.firewall` finds them.

    Attributes:
        version: of the Internet Protocol: 4 or 6.
    """

    def __init__(self, name: str, behavior: Behavior, version: int, namespace: Namespace) -> None:
        super().__init__(name, behavior, namespace)
        self.version = version

    def __repr__(self) -> str:
        return f"<KernelFirewall {self.name} {self.behavior.filtering.short} IPv{self.version}>"

    def reboot(self) -> None:
        """Forget all sessions."""
        self._install(
            firewalls.firewall_rules(self.behavior, self.version),
            firewalls.firewall_parameters(self.behavior, self.version),
        )
