"""What the lab's errors say."""

from nat.kernel import CommandFailedError, KernelLabError, NeedsRootError


def test_every_error_is_a_kernel_lab_error() -> None:
    assert issubclass(CommandFailedError, KernelLabError)
    assert issubclass(NeedsRootError, KernelLabError)


def test_who_lacks_root_is_told_two_ways_to_it() -> None:
    assert "sudo" in str(NeedsRootError())
    assert "unshare --user --map-root-user --net" in str(NeedsRootError())
