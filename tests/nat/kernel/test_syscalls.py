"""Between network namespaces, thread by thread."""

import ctypes
import errno
import os
import threading
from types import SimpleNamespace

import pytest

from nat.kernel import NeedsRootError, syscalls


def inode() -> int:
    here = syscalls.current()
    try:
        return os.fstat(here).st_ino
    finally:
        os.close(here)


@pytest.mark.usefixtures("root")
def test_a_new_namespace_is_another_one_and_the_thread_stays_where_it_is() -> None:
    before = inode()
    made = syscalls.new()
    try:
        assert os.fstat(made).st_ino != before
        assert inode() == before
    finally:
        os.close(made)


@pytest.mark.usefixtures("root")
def test_only_the_thread_that_enters_moves() -> None:
    made = syscalls.new()
    seen: list[int] = []

    def visit() -> None:
        syscalls.enter(made)
        seen.append(inode())

    visitor = threading.Thread(target=visit)
    visitor.start()
    visitor.join()
    try:
        assert seen == [os.fstat(made).st_ino]
        assert inode() != seen[0]
    finally:
        os.close(made)


def refusing(number: int) -> SimpleNamespace:
    def refuse(*arguments: int) -> int:
        ctypes.set_errno(number)
        return -1

    return SimpleNamespace(unshare=refuse, setns=refuse)


def test_a_process_without_the_right_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscalls, "_libc", refusing(errno.EPERM))
    with pytest.raises(NeedsRootError, match="needs root"):
        syscalls.new()


def test_a_full_kernel_is_the_systems_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscalls, "_libc", refusing(errno.ENOSPC))
    with pytest.raises(OSError, match="unshare: No space left"):
        syscalls.new()
