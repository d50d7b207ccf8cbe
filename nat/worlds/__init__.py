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
from nat.worlds.programs import BUILT_IN, PingReport, Program, check_programs
from nat.worlds.reading import parse, read
from nat.worlds.settling import settle
from nat.worlds.simulated import Built, Outcome, Result, assemble, build, check, perform, play

__all__ = [
    "BUILT_IN",
    "INTERNET",
    "BlockUdp",
    "Built",
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
    "Outcome",
    "Partition",
    "PingReport",
    "PlanError",
    "Program",
    "ProgramPlan",
    "Reboot",
    "Renumber",
    "Result",
    "WorldPlan",
    "assemble",
    "build",
    "check",
    "check_programs",
    "parse",
    "perform",
    "play",
    "read",
    "settle",
]
