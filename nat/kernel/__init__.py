"""NATs in the real kernel: network namespaces for hosts and routers, nftables for what a NAT does."""

from nat.kernel.errors import (
    CommandFailedError,
    KernelLabError,
    NeedsRootError,
    NotExpressibleError,
)
from nat.kernel.lab import KernelLab
from nat.kernel.namespaces import Namespace, Namespaces
from nat.kernel.places import KernelFirewall, KernelHost, KernelNat
from nat.kernel.wiring import without_links

__all__ = [
    "CommandFailedError",
    "KernelFirewall",
    "KernelHost",
    "KernelLab",
    "KernelLabError",
    "KernelNat",
    "Namespace",
    "Namespaces",
    "NeedsRootError",
    "NotExpressibleError",
    "without_links",
]
