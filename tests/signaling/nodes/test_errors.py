"""What goes wrong with many nodes can be caught in one line."""

import pytest

from signaling.nodes import errors


@pytest.mark.parametrize(
    "error",
    [
        errors.BackplaneUrlError,
        errors.BackplaneUnreachableError,
        errors.NameTakenError,
    ],
)
def test_every_error_is_one_of_many_nodes(error: type[Exception]) -> None:
    assert issubclass(error, errors.NodesError)


def test_a_wrong_url_is_a_wrong_value() -> None:
    assert issubclass(errors.BackplaneUrlError, ValueError)
