"""Events in the order of their times, more than fit in memory too."""

from hypothesis import given
from hypothesis import strategies as st

from signals.events.decode import decode_structured
from signals.events.event import Event
from streams.sources.time_order import in_time_order


@given(st.lists(st.integers(-(10**12), 10**12)), st.integers(1, 5))
def test_order_of_time_then_of_arrival_whatever_fits_in_memory(times: list[int], chunk: int) -> None:
    events = [
        Event(str(n), "/x", "web.searched", time, time, "device:a", {"query": "a\nb"}) for n, time in enumerate(times)
    ]
    ordered = [decode_structured(line) for line in in_time_order(events, chunk)]
    assert ordered == sorted(events, key=lambda event: event.time)
