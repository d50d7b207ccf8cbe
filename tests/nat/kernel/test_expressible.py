"""What the kernel cannot do is refused by name, and what it can is not."""

from dataclasses import dataclass

import pytest

from nat.behavior import Behavior
from nat.choices import (
    Dependence,
    FilterScope,
    Hairpinning,
    Kept,
    PortAssignment,
    Refresh,
    Sessions,
    TcpReset,
    UnsolicitedSyn,
)
from nat.kernel import NotExpressibleError
from nat.kernel.expressible import check
from nat.presets import ALL_NINE, LINUX_MASQUERADE, LINUX_MASQUERADE_OPEN_INPUT, OPENWRT, ZYXEL_VOIP

EI, AD, APD = Dependence
W = ("203.0.113.1",)


@dataclass(frozen=True, slots=True)
class StrangerBehavior(Behavior):
    """With a setting that the rules have never heard of."""

    frobnication: str = "none"


@pytest.mark.parametrize(
    ("behavior", "setting"),
    [
        (Behavior(EI, EI, PortAssignment.SEQUENTIAL), "ports = sequential"),
        (Behavior(EI, AD, hairpinning=Hairpinning.INTERNAL_SOURCE), "hairpinning = internal"),
        (Behavior(EI, EI, one_shot_lifetime=30), "one_shot_lifetime = 30"),
        (Behavior(EI, EI, stream_after=5), "stream_after = 5"),
        (Behavior(EI, EI, refresh=Refresh.INBOUND), "refresh = inbound"),
        (Behavior(EI, EI, unsolicited_syn=UnsolicitedSyn.HOLD), "unsolicited_syn = hold"),
        (Behavior(EI, EI, tcp_reset=TcpReset.ENDS), "tcp_reset = ends"),
        (Behavior(EI, EI, filter_scope=FilterScope.ENDPOINT), "filter_scope = endpoint"),
        (Behavior(EI, EI, parity=Kept.IF_POSSIBLE), "parity = if possible"),
        (Behavior(EI, EI, quota=10), "quota = 10"),
        (StrangerBehavior(EI, EI, frobnication="hard"), "frobnication = hard"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_the_kernel_cannot_do_is_refused_by_name_with_who_can(
    behavior: Behavior, setting: str
) -> None:
    with pytest.raises(NotExpressibleError, match=setting) as refusal:
        check(behavior, W)
    assert refusal.value.setting == setting.partition(" ")[0]
    assert "the simulator and the TUN lab can" in str(refusal.value)


@pytest.mark.parametrize(
    "behavior",
    [
        *ALL_NINE,
        LINUX_MASQUERADE,
        LINUX_MASQUERADE_OPEN_INPUT,
        OPENWRT,
        ZYXEL_VOIP,
        Behavior(APD, APD, sessions=Sessions.CONNTRACK, refresh=Refresh.BOTH),
        StrangerBehavior(EI, EI),
    ],
)
def test_what_it_can_is_not_refused(behavior: Behavior) -> None:
    check(behavior, W)


def test_a_nat_for_ipv6_is_refused() -> None:
    with pytest.raises(NotExpressibleError, match="external = 2001:db8::1"):
        check(Behavior(EI, EI), ("2001:db8::1",))
