"""Worlds as plans: read from files, checked, and built by the simulator and both labs alike."""

from nat.worlds.errors import Fault, PlanError
from nat.worlds.plan import (
    INTERNET,
    BlockUdp,
    ChangeLink,
    EventPlan,
    FirewallPlan,
    Heal,
    HostPlan,
    InterfacePlan,
    LinkPlan,
    Move,
    NatPlan,
    Partition,
    ProgramPlan,
    Reboot,
    Renumber,
    WorldPlan,
)
from nat.worlds.reading import parse, read
from nat.worlds.settling import settle

__all__ = [
    "INTERNET",
    "BlockUdp",
    "ChangeLink",
    "EventPlan",
    "Fault",
    "FirewallPlan",
    "Heal",
    "HostPlan",
    "InterfacePlan",
    "LinkPlan",
    "Move",
    "NatPlan",
    "Partition",
    "PlanError",
    "ProgramPlan",
    "Reboot",
    "Renumber",
    "WorldPlan",
    "parse",
    "read",
    "settle",
]
