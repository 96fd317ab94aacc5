"""Which cards a screen gets when there are too many: worst severity first, then latest changed. It must never sort."""

from collections import OrderedDict
from collections.abc import Iterator

from hub.vocabulary.terms import Severity


class Shelf:
    """The best `limit` ids are shown, the rest hidden; each change moves a bounded number of ids over the edge.

    Each severity has two rows, shown and hidden, oldest change first. The edge runs through one severity:
    worse ones hide nothing, milder ones show nothing.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._shown: dict[Severity, OrderedDict[str, None]] = {severity: OrderedDict() for severity in Severity}
        self._hidden: dict[Severity, OrderedDict[str, None]] = {severity: OrderedDict() for severity in Severity}
        self._size = 0

    def put(self, id: str, severity: Severity) -> str | None:
        """Add an id as the latest changed of its severity. Returns the id pushed over the edge, if any."""
        self._shown[severity][id] = None
        self._size += 1
        if self._size <= self._limit:
            return None
        mildest = next(severity for severity in reversed(Severity) if self._shown[severity])
        pushed, _ = self._shown[mildest].popitem(last=False)
        # Newer than all that hide already: they were pushed before it, or came back behind it.
        self._hidden[mildest][pushed] = None
        self._size -= 1
        return pushed

    def take(self, id: str, severity: Severity) -> str | None:
        """Remove an id that was put with this severity. Returns the id that may be shown in its place, if any."""
        if id in self._hidden[severity]:
            del self._hidden[severity][id]
            return None
        del self._shown[severity][id]
        self._size -= 1
        worst = next((severity for severity in Severity if self._hidden[severity]), None)
        if worst is None:
            return None
        back, _ = self._hidden[worst].popitem()
        self._shown[worst][back] = None
        self._shown[worst].move_to_end(back, last=False)
        self._size += 1
        return back

    def shows(self, id: str, severity: Severity) -> bool:
        """Whether an id put with this severity is shown."""
        return id in self._shown[severity]

    def __iter__(self) -> Iterator[str]:
        """The shown ids, worst severity first, then latest changed."""
        for severity in Severity:
            yield from reversed(self._shown[severity])
