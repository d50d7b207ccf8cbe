"""The simulator's own translator and links as the network between real network namespaces."""

from nat.tun.errors import NoTunError, TunLabError
from nat.tun.lab import TunLab
from nat.tun.machine import Machine

__all__ = ["Machine", "NoTunError", "TunLab", "TunLabError"]
