"""The tree of errors."""

from relay import RelayError, SettingsError


def test_a_bad_setting_is_caught_as_a_relay_error_and_as_a_value_error():
    assert issubclass(SettingsError, RelayError)
    assert issubclass(SettingsError, ValueError)
    assert not issubclass(RelayError, ValueError)
