"""What a NAT of the kernel can do, and what is refused because it cannot.

A setting that is not named here is refused unless it has its default. Two defaults the kernel
does not follow, and they are not refused, because nothing would be left: sessions are always
`conntrack`, and packets of both directions refresh them.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from nat.behavior import Behavior
from nat.choices import Dependence, Hairpinning, PortAssignment, Refresh, TcpReset, UnsolicitedSyn
from nat.kernel.errors import NotExpressibleError

_APD: Final = Dependence.ADDRESS_AND_PORT_DEPENDENT
_KERNELS_STREAM: Final = (0.0, 2.0)
"""Seconds after which a session with traffic both ways is a stream; 0 where it makes no difference."""

_ANY: Final = frozenset(
    {
        "mapping",
        "filtering",
        "mapping_lifetime",
        "tcp_lifetime",
        "tcp_transitory_lifetime",
        "icmp_lifetime",
        "sessions",
        "unsolicited",
        "port_range",
        "well_known",
        "midstream",
        "blocking",
    }
)

_Why = Callable[[Behavior], str | None]


def check(behavior: Behavior, external: tuple[str, ...]) -> None:
    """Refuse what the kernel cannot do.

    Raises:
        NotExpressibleError: it names the first such setting and what it was set to.
    """
    for setting, value, why in _faults(behavior, external):
        raise NotExpressibleError(setting, value, why)


def _faults(behavior: Behavior, external: tuple[str, ...]) -> Iterator[tuple[str, Any, str]]:
    for field in dataclasses.fields(behavior):
        value = getattr(behavior, field.name)
        if field.name in _ANY or value == field.default:
            continue
        why = _SOME.get(field.name, _no_rule)(behavior)
        if why is not None:
            yield field.name, value, why
    if any(":" in address for address in external):
        yield "external", ", ".join(external), "a NAT in the kernel translates IPv4"


def _no_rule(_: Behavior) -> str | None:
    return "no rule of nftables says that"


def _ports(behavior: Behavior) -> str | None:
    if behavior.ports is PortAssignment.SEQUENTIAL:
        return "the kernel draws ports at random"
    return None


def _hairpinning(behavior: Behavior) -> str | None:
    internal = behavior.hairpinning is Hairpinning.INTERNAL_SOURCE
    if internal and behavior.filtering is not Dependence.ENDPOINT_INDEPENDENT:
        return f"and filtering = {behavior.filtering.value}: nobody would know the external source"
    return None


def _one_shot(behavior: Behavior) -> str | None:
    if behavior.ports is not PortAssignment.OVERLOADING or behavior.filtering is not _APD:
        return (
            f"only with ports = overloading and filtering = {_APD.value}: rules learn one lifetime"
        )
    return None


def _stream_after(behavior: Behavior) -> str | None:
    return None if behavior.stream_after in _KERNELS_STREAM else "the kernel has 2 s there"


def _refresh(behavior: Behavior) -> str | None:
    return "both directions refresh" if behavior.refresh is Refresh.INBOUND else None


def _unsolicited_syn(behavior: Behavior) -> str | None:
    return "nothing waits" if behavior.unsolicited_syn is UnsolicitedSyn.HOLD else None


def _tcp_reset(behavior: Behavior) -> str | None:
    return None if behavior.tcp_reset is TcpReset.TRANSITORY else "the kernel follows a reset"


_SOME: Final[Mapping[str, _Why]] = MappingProxyType(
    {
        "ports": _ports,
        "hairpinning": _hairpinning,
        "one_shot_lifetime": _one_shot,
        "stream_after": _stream_after,
        "refresh": _refresh,
        "unsolicited_syn": _unsolicited_syn,
        "tcp_reset": _tcp_reset,
    }
)
"""Why a value of a setting cannot be, or None if it can."""
