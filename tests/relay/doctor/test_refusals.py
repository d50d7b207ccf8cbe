"""What error responses mean."""

import pytest

from relay.doctor.refusals import meaning_of
from stunwire import Address, AlternateServer, ErrorCodes, Message, Method

REQUEST = Message.request(Method.ALLOCATE, b"x" * 12)


@pytest.mark.parametrize("code", list(ErrorCodes))
def test_every_code_has_a_meaning_and_a_remedy(code: ErrorCodes) -> None:
    meaning = meaning_of(REQUEST.error(code))
    assert str(int(code)) in meaning.what or code == ErrorCodes.TRY_ALTERNATE
    assert meaning.remedy.endswith(".")


def test_a_redirect_names_the_other_server() -> None:
    error = REQUEST.error(300, AlternateServer(Address("198.51.99.2", 1)))
    assert "198.51.99.2" in meaning_of(error).what


def test_a_code_that_is_not_known_is_shown_with_its_reason() -> None:
    assert "699 (“Odd”)" in meaning_of(REQUEST.error(699, reason="Odd")).what
