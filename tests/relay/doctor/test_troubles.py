"""What a line may come to."""

import pytest

from relay.doctor.troubles import CERTIFICATE_TROUBLES, REMEDIES, LineError, Trouble


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_has_a_remedy_in_sentences(trouble: Trouble) -> None:
    assert REMEDIES[trouble].endswith(".")
    assert not trouble.value.endswith(".")


def test_an_error_says_what_and_what_the_system_said() -> None:
    assert str(LineError(Trouble.SILENT)) == "nothing answers"
    assert str(LineError(Trouble.CLOSED, "reset")) == "the connection was closed (reset)"


def test_troubles_of_certificates_are_those_that_name_one() -> None:
    assert all("certificate" in trouble.value for trouble in CERTIFICATE_TROUBLES)
