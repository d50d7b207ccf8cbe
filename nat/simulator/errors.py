"""The errors of the simulator: a world that cannot be, a run that cannot go on."""


class SimulationError(Exception):
    """Root of all errors of the simulator."""


class WorldError(SimulationError):
    """An impossible world: an address used twice, a name used twice, an address off its network."""


class AlreadyRunningError(SimulationError):
    """A second run was started while one lasts; clocks and sockets are patched for one only."""


class NoHostError(SimulationError):
    """Code asked for the network without standing on a host."""


class OutsideWorldError(SimulationError):
    """Code asked for something real: a real file descriptor, a kind of socket not played here."""


class DeadlockError(SimulationError):
    """Nothing will ever happen: no timer, no packet under way, and the main task is not done."""


class LivelockError(SimulationError):
    """Callbacks keep coming and virtual time stands still."""


class DeadlineError(SimulationError):
    """The main task was not done when the deadline of the run had come."""


class CallbackError(SimulationError):
    """A callback or a task that nobody waited for failed."""
