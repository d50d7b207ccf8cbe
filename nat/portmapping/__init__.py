"""Servers of the protocols by which hosts ask a NAT for external ports: NAT-PMP, PCP, UPnP IGD."""

from nat.portmapping.mapper import ExplicitMapping, PortMapper, PortMapping
from nat.portmapping.natpmp import NatPmp
from nat.portmapping.pcp import Pcp
from nat.portmapping.ssdp import Ssdp
from nat.portmapping.web import WebConnection

__all__ = [
    "ExplicitMapping",
    "NatPmp",
    "Pcp",
    "PortMapper",
    "PortMapping",
    "Ssdp",
    "WebConnection",
]
