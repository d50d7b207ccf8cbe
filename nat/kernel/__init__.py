"""NATs in the real kernel: network namespaces for hosts and routers, nftables for what a NAT does."""

from nat.kernel.errors import (
    CommandFailedError,
    KernelLabError,
    NeedsRootError,
    NotExpressibleError,
)
from nat.kernel.lab import KernelLab
from nat.kernel.namespaces import Namespace, Namespaces
from nat.kernel.places import KernelHost, KernelNat

__all__ = [
    "CommandFailedError",
    "KernelHost",
    "KernelLab",
    "KernelLabError",
    "KernelNat",
    "Namespace",
    "Namespaces",
    "NeedsRootError",
    "NotExpressibleError",
]
