"""Servers of the protocols by which hosts ask a NAT for external ports: NAT-PMP, PCP, UPnP IGD.

Each is without I/O: `natpmp.NatPmp`, `pcp.Pcp`, `ssdp.Ssdp` and `web.WebConnection`.
"""

from nat.choices import PortMapping
from nat.portmapping.mapper import ExplicitMapping, PortMapper

__all__ = ["ExplicitMapping", "PortMapper", "PortMapping"]
