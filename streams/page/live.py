"""What keeps pages fresh: their files, and a stream that says when to look again."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from streams.api.access import Worker
from streams.api.stream import Watcher
from streams.page.view import static


def routes(watcher: Watcher) -> APIRouter:
    """Files and the pulse."""
    router = APIRouter()

    @router.get("/static/{name}")
    async def file(name: str) -> Response:
        return static(name)

    @router.get("/live", response_class=EventSourceResponse)
    async def live(caller: Worker) -> AsyncIterator[ServerSentEvent]:
        place = watcher.last
        yield ServerSentEvent(data=place, event="hello")
        while not watcher.closing:
            await watcher.wait_beyond(place)
            place = watcher.last
            yield ServerSentEvent(data=place, event="changed")

    return router
