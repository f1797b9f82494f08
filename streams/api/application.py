"""The one place where the API is put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import structlog
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from prometheus_client import REGISTRY, CollectorRegistry

from streams import page
from streams.api import (
    controls,
    customers,
    decisions,
    events,
    health,
    links,
    problem,
    quarantine,
    recommendations,
    segment,
    stream,
    web,
    work,
)
from streams.api.access import Gate
from streams.api.bounded import Bounded
from streams.api.heads import Heads
from streams.api.lane import Lane
from streams.api.nearby import Nearby
from streams.api.node import Node
from streams.api.openapi import complete
from streams.api.settings import ApiSettings

_log = structlog.get_logger("signals.api")

_ENDLESS = frozenset({"/v1/changes", "/live"})
"""Streams that last as long as somebody listens."""

_DESCRIPTION = """Events come in as CloudEvents; recommendations whom to contact, why, when, how and by whom are
listed, claimed and answered. Times are RFC 3339 in UTC. Every error is a Problem Detail (RFC 9457) whose `code` is for
programs.
"""


def create_api(node: Node, settings: ApiSettings | None = None, registry: CollectorRegistry = REGISTRY) -> FastAPI:
    """The ASGI application over ``node``; raises ``ValueError`` when the settings would let strangers in."""
    settings = settings or ApiSettings()
    watcher = stream.Watcher(node)
    collector = health.QueueCollector(node)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        registry.register(collector)
        async with watcher.watching():
            yield
        registry.unregister(collector)

    api = FastAPI(
        title="signals",
        version=version("purchase-signals"),
        summary="Sees the occasions in customers' lives; says whom to contact, why, when, how and by whom.",
        description=_DESCRIPTION,
        license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/", "description": "Where this document was read"}],
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    ring = settings.ring()
    if ring.public and not settings.identify_secret.get_secret_value().split():
        _log.warning("a web page's key may name any customer as its visitor: set SIGNALS_API_IDENTIFY_SECRET")
    signed = links.Links(settings.link_secret.get_secret_value())
    api.state.gate = gate = Gate(ring, settings.requests_per_second, settings.sites.split())
    api.state.lane = Lane(node, gate, [*recommendations.ways(node), *work.ways(node)])
    if settings.sites:
        sites = settings.sites.split()
        # A page that sends JSON by its name asks first whether it may.
        api.add_middleware(CORSMiddleware, allow_origins=sites, allow_methods=["POST"], allow_headers=["Content-Type"])
    api.add_middleware(stream.Unheard)
    api.add_middleware(Nearby)
    api.add_middleware(Heads, endless=_ENDLESS)
    api.add_middleware(Bounded, largest=settings.largest_body)
    problem.register(api)
    for router in (
        events.routes(node, settings),
        segment.routes(node, settings),
        web.routes(node, settings),
        stream.routes(node, watcher),
        work.routes(node),
        recommendations.routes(node),
        decisions.routes(node),
        controls.routes(node),
        customers.routes(node),
        quarantine.routes(node),
        links.routes(node, signed),
        health.routes(node, registry),
        page.routes(node, watcher, settings.timezone, signed),
    ):
        api.include_router(router)
    complete(api)
    return api
