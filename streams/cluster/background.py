"""A second event loop, in a thread of its own: what waits for the network doesn't wait for the engine.

The worker's loop is blocked while an engine works on a batch, some tenths of a second under load. A transaction takes
half a dozen round trips; were they made in that loop, each of them would wait for a batch.
"""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Background:
    """A loop that runs until the process ends."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True, name=name).start()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do this in the background and wait for it; its result and its errors are handed over."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))
