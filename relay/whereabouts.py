"""Where clients are: allocations by five-tuple, and how many each source address has."""

from relay.allocations import Allocation
from relay.fivetuple import FiveTuple
from relay.tally import Tally


class Whereabouts:
    """Finds allocations; whoever changes where one is takes it out before and puts it in again."""

    def __init__(self) -> None:
        self._by_five_tuple: dict[FiveTuple, tuple[Allocation, ...]] = {}
        self._held_from: Tally[bytes] = Tally()

    def find(self, five_tuple: FiveTuple) -> tuple[Allocation, ...]:
        """Return what a five-tuple holds: nothing, one allocation, or one of each family."""
        return self._by_five_tuple.get(five_tuple, ())

    def held_from(self, source: bytes) -> int:
        """Count the allocations of one source."""
        return self._held_from[source]

    def add(self, allocation: Allocation) -> None:
        """Put an allocation in."""
        for five_tuple in allocation.places:
            self._by_five_tuple[five_tuple] = (*self.find(five_tuple), allocation)
        for source in allocation.sources:
            self._held_from.add(source)

    def remove(self, allocation: Allocation) -> None:
        """Take an allocation out."""
        for five_tuple in allocation.places:
            left = tuple([one for one in self.find(five_tuple) if one is not allocation])
            if left:
                self._by_five_tuple[five_tuple] = left
            else:
                del self._by_five_tuple[five_tuple]
        for source in allocation.sources:
            self._held_from.remove(source)
