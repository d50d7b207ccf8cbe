"""NATs in the real kernel: network namespaces for hosts and routers, nftables for what a NAT does."""

from nat.kernel.errors import CommandFailedError, KernelLabError, NeedsRootError
from nat.kernel.namespaces import Namespace, Namespaces

__all__ = [
    "CommandFailedError",
    "KernelLabError",
    "Namespace",
    "Namespaces",
    "NeedsRootError",
]
