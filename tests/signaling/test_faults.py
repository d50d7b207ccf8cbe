"""The tree of what an operator can get wrong."""

import pytest

from signaling.faults import AdminError, KeyFileError, OperatorError, SettingsError


@pytest.mark.parametrize("kind", [AdminError, KeyFileError, SettingsError])
def test_one_except_clause_takes_them_all_and_each_says_one_sentence(kind):
    with pytest.raises(OperatorError, match="where, what came"):
        raise kind("where, what came")


def test_a_value_that_cannot_be_meant_is_a_value_error():
    assert issubclass(SettingsError, ValueError)
    assert issubclass(KeyFileError, ValueError)
