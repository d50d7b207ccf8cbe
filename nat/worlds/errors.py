"""The error of a world that cannot be: every fault of its plan, each with its place."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a plan.

    Attributes:
        place: where, as a path through the file, such as `nat.home-a.filtering`.
        message: what came, and what is allowed there.
        line: the line of the file, or None if there is no file.
    """

    place: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        where = self.place or "the file"
        if self.line is not None:
            where = f"line {self.line}, {where}" if self.place else f"line {self.line}"
        return f"{where}: {self.message}"

    def at_line(self, line: int | None) -> "Fault":
        """The same fault with its line."""
        return replace(self, line=line)


class PlanError(ValueError):
    """A world that cannot be.

    Attributes:
        faults: everything that is wrong with it, in the order of the file.
        source: the name of the file, or "".
    """

    def __init__(self, faults: tuple[Fault, ...], source: str = "") -> None:
        self.faults = faults
        self.source = source
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        title = f"{source or 'this world'} cannot be played, it has {count}:"
        super().__init__("\n".join((title, *(f"  {fault}" for fault in faults))))
