"""The admin socket in the file system."""

import socket
import stat
from pathlib import Path

import pytest

from relay.admin.place import Place
from relay.errors import AdminError


def test_the_socket_and_a_directory_made_for_it_are_the_owners_alone(directory: Path) -> None:
    path = directory / "new" / "relay.sock"
    place = Place(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    place.close()
    assert not path.exists()


def test_a_socket_that_nobody_answers_on_is_replaced(directory: Path) -> None:
    path = directory / "relay.sock"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    Place(path).close()


def test_a_socket_that_somebody_answers_on_is_left_alone(directory: Path) -> None:
    path = directory / "relay.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        with pytest.raises(AdminError, match="another relay answers there"):
            Place(path)
        assert path.exists()


def test_something_that_is_no_socket_is_left_alone(directory: Path) -> None:
    path = directory / "relay.sock"
    path.write_text("dear diary")
    with pytest.raises(AdminError, match="no socket"):
        Place(path)
    assert path.read_text() == "dear diary"


def test_a_directory_that_everybody_may_write_is_refused(directory: Path) -> None:
    directory.chmod(0o777)
    with pytest.raises(AdminError, match="chmod o-w"):
        Place(directory / "relay.sock")
    directory.chmod(0o1777)  # as /tmp: nobody can take away what is another's
    Place(directory / "relay.sock").close()


def test_a_path_that_is_too_long_is_named(directory: Path) -> None:
    with pytest.raises(AdminError, match="xxx"):
        Place(directory / ("x" * 120))


def test_a_socket_that_another_relay_put_there_meanwhile_stays(directory: Path) -> None:
    path = directory / "relay.sock"
    first = Place(path)
    keep = path.with_name("kept")
    path.rename(keep)
    second = Place(path)
    first.close()
    assert path.exists()
    second.close()
    keep.unlink()
