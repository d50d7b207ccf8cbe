"""Tests of `nat.portmap.errors`: one tree, so that one `except` is enough."""

import pytest

from nat.portmap import errors


@pytest.mark.parametrize(
    "kind",
    [
        errors.NoGatewayError,
        errors.SilentError,
        errors.UnsupportedError,
        errors.MalformedError,
        errors.NoExternalAddressError,
        errors.RefusedError,
    ],
)
def test_all_are_errors_of_port_mapping(kind: type[Exception]) -> None:
    assert issubclass(kind, errors.PortMapError)


def test_a_refusal_knows_its_code_and_for_how_long_it_stands() -> None:
    refused = errors.RefusedError("no", 8, 30)
    assert (str(refused), refused.code, refused.retry_after) == ("no", 8, 30)
