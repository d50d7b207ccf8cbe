"""The admin socket in the file system."""

import os
import socket
import stat
from pathlib import Path

import pytest

from operating.kind import Kind, Sharing
from operating.place import Place


class AdminError(Exception):
    pass


KIND = Kind("relay", AdminError)


def test_the_socket_and_a_directory_made_for_it_are_the_owners_alone(directory: Path) -> None:
    path = directory / "new" / "relay.sock"
    place = Place(path, KIND)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    place.close()
    assert not path.exists()


def test_a_socket_that_nobody_answers_on_is_replaced(directory: Path) -> None:
    path = directory / "relay.sock"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    Place(path, KIND).close()


@pytest.mark.parametrize(
    ("sharing", "umask", "mode"),
    [
        (Sharing.OWNER, 0o007, 0o600),
        (Sharing.OWNER, 0o000, 0o600),
        (Sharing.GROUP, 0o077, 0o600),
        (Sharing.GROUP, 0o007, 0o660),
        (Sharing.GROUP, 0o000, 0o660),
    ],
)
def test_it_is_the_owners_alone_or_the_groups_as_well_where_the_umask_says_so_never_everybodys(
    directory: Path, sharing: Sharing, umask: int, mode: int
) -> None:
    path = directory / "relay.sock"
    before = os.umask(umask)
    try:
        place = Place(path, Kind("relay", AdminError, sharing))
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    place.close()


def test_a_socket_that_somebody_answers_on_is_left_alone(directory: Path) -> None:
    path = directory / "relay.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        with pytest.raises(AdminError, match="another relay answers there"):
            Place(path, KIND)
        assert path.exists()


def test_something_that_is_no_socket_is_left_alone(directory: Path) -> None:
    path = directory / "relay.sock"
    path.write_text("dear diary")
    with pytest.raises(AdminError, match="no socket"):
        Place(path, KIND)
    assert path.read_text() == "dear diary"


def test_a_directory_that_everybody_may_write_is_refused(directory: Path) -> None:
    directory.chmod(0o777)
    with pytest.raises(AdminError, match="chmod o-w"):
        Place(directory / "relay.sock", KIND)
    directory.chmod(0o1777)  # as /tmp: nobody can take away what is another's
    Place(directory / "relay.sock", KIND).close()


def test_a_path_that_is_too_long_is_named(directory: Path) -> None:
    with pytest.raises(AdminError, match="xxx"):
        Place(directory / ("x" * 120), KIND)


def test_a_socket_that_another_relay_put_there_meanwhile_stays(directory: Path) -> None:
    path = directory / "relay.sock"
    first = Place(path, KIND)
    keep = path.with_name("kept")
    path.rename(keep)
    second = Place(path, KIND)
    first.close()
    assert path.exists()
    second.close()
    keep.unlink()
