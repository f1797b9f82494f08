"""Serving the node: its API and pages over HTTP, and the clock that makes what is due fire."""

import signal
import threading
from collections.abc import Callable

import structlog

from signals.pack.document import PackError
from streams.api import ApiSettings, create_api
from streams.api.wire import Server, run_server, serving
from streams.garbage import look_seldom
from streams.node.node import EmbeddedNode

_log = structlog.get_logger(__name__)

_TICK_SECONDS = 0.5
_LAST_SECONDS = 2
"""How long open streams of changes may hold up the end."""


class Repeated:
    """A thread that does something again and again until stopped; after a failure it tries again."""

    def __init__(self, work: Callable[[], None], seconds: float) -> None:
        self._work = work
        self._seconds = seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop, and wait for the work at hand."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        failing = False
        while not self._stopped.wait(self._seconds):
            try:
                self._work()
                failing = False
            except Exception as error:  # a full disk, say: time has to go on once there is room again
                if not failing:
                    _log.error("the clock could not go on; trying again", error=type(error).__name__)
                failing = True


def serve(
    node: EmbeddedNode,
    host: str,
    port: int,
    play: Callable[[], None] | None = None,
    until: threading.Event | None = None,
    listening: Callable[[], None] = lambda: None,
) -> None:
    """Serve until interrupted, SIGTERM comes or ``until`` is set, and close the node; SIGHUP reloads the pack.

    Calls ``listening`` once it can be reached.

    Raises ``OSError`` when it can't listen. The clock ticks by itself, unless ``play`` moves it in a thread.
    """
    _obey_signals(node)
    if play is None:
        ticking = Repeated(node.tick, _TICK_SECONDS)
    else:
        threading.Thread(target=play, daemon=True).start()
    try:
        settings = ApiSettings(host=host, port=port, pack=node.pack.environment.config.pack)
        api = create_api(node, settings)
        server = Server(serving(api, host, port, timeout_graceful_shutdown=_LAST_SECONDS), listening)
        look_seldom()
        if until is not None:
            threading.Thread(target=_stop_after, args=(server, until), daemon=True).start()
        run_server(server)
    finally:
        if play is None:
            ticking.stop()
        node.close()


def _obey_signals(node: EmbeddedNode) -> None:
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=_reload, args=(node,), daemon=True).start())


def _reload(node: EmbeddedNode) -> None:
    try:
        name, version, digest = node.reload()
    except PackError as error:
        _log.error("the changed pack is refused, the old one stays", problems=error.problems)
    else:
        _log.info("pack taken over", pack=name, version=version, digest=digest)


def _stop_after(server: Server, until: threading.Event) -> None:
    until.wait()
    server.should_exit = True
