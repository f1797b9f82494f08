"""The pages people see: operations, the adviser's queue, one decision, one customer. Made here, and live."""

from fastapi import APIRouter

from streams.api.links import Links
from streams.api.node import Node
from streams.api.stream import Watcher
from streams.page import controls, customer, decision, live, operations, own, queue
from streams.page.view import View


def routes(node: Node, watcher: Watcher, zone: str, links: Links) -> APIRouter:
    """All pages, with times shown in ``zone``."""
    view = View(zone)
    router = APIRouter(include_in_schema=False)
    for part in (
        operations.routes(node, view),
        queue.routes(node, view),
        decision.routes(node, view),
        controls.routes(node, view),
        customer.routes(node, view),
        own.routes(node, view, links),
        live.routes(watcher),
    ):
        router.include_router(part)
    return router
