"""Names of triggers as labels of metrics: of a trigger with a name per product there may be as many as senders like."""

OTHER = "other"
_MOST = 500


class TriggerLabels:
    """Gives each of the first five hundred names a label of its own (a pack has some hundred), and the others one."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def of(self, trigger: str) -> str:
        """The name itself, or ``other``."""
        if trigger not in self._told:
            if len(self._told) >= _MOST:
                return OTHER
            self._told.add(trigger)
        return trigger
