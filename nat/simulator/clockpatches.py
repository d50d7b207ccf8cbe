"""The clocks of the process, replaced by that of the world."""

import datetime as dt
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

from nat.simulator.clock import Clock
from nat.simulator.errors import OutsideWorldError
from nat.simulator.turns import Turns

_RealDatetime = dt.datetime


def clock_patches(clock: Clock, turns: Turns) -> Iterator[tuple[Any, str, Any]]:
    """What is put in the place of functions of `time`."""
    for name in ("time", "time_ns", "monotonic", "monotonic_ns"):
        yield time, name, getattr(clock, name)
    yield time, "perf_counter", clock.monotonic
    yield time, "perf_counter_ns", clock.monotonic_ns
    for name in ("gmtime", "localtime", "ctime"):
        yield time, name, _of_now(getattr(time, name), clock)

    def sleep(seconds: float, /) -> None:
        if not turns.is_main():
            turns.sleep(seconds)
        elif seconds > 0:
            raise OutsideWorldError(
                f"time.sleep({seconds!r}) on the loop would hold up every host of the world:"
                " `await asyncio.sleep(…)` instead, or sleep in a thread (asyncio.to_thread)"
            )

    yield time, "sleep", sleep


def datetime_aliases(clock: Clock, turns: Turns) -> dict[int, Any]:
    """What takes the place of the `datetime` module, and its class, in modules that use them.

    The module itself is left alone: libraries in C and Rust take their types from there, for good.
    """
    module = types.ModuleType("datetime", dt.__doc__)
    vars(module).update(vars(dt))
    replacement = _datetime_of(clock, turns)
    vars(module)["datetime"] = replacement
    return {id(dt): module, id(_RealDatetime): replacement}


def _of_now(real: Callable[[float], Any], clock: Clock) -> Callable[..., Any]:
    """A function of `time` that takes the current time if it is given none."""

    def function(seconds: float | None = None, /) -> Any:
        return real(clock.time() if seconds is None else seconds)

    return function


def _datetime_of(clock: Clock, turns: Turns) -> type[dt.datetime]:
    """`datetime.datetime` with the world's now. What it makes are real `datetime` objects."""

    class Meta(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, _RealDatetime)

        def __subclasscheck__(cls, subclass: type) -> bool:
            return issubclass(subclass, _RealDatetime)

    class VirtualDatetime(_RealDatetime, metaclass=Meta):
        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            return _RealDatetime(*args, **kwargs)

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            if not turns.takes_part():
                return _RealDatetime.now(tz)
            return _RealDatetime.fromtimestamp(clock.time(), tz)

        @classmethod
        def utcnow(cls) -> Any:
            return cls.now(dt.UTC).replace(tzinfo=None)

        @classmethod
        def today(cls) -> Any:
            return cls.now()

    VirtualDatetime.__name__ = VirtualDatetime.__qualname__ = "datetime"
    return VirtualDatetime
