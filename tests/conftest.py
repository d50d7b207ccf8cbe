"""Property tests are not timed: a machine with other work to do is no bug of what they test."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
