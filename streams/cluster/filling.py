"""Filling local copies in processes beside the worker's, one for each processor: reading millions of rows keeps Python
busy, and the worker's own loop has other shards to work on.

Such a process, ``python -m streams.cluster.filling ORIGIN``, is given numbers of shards on its standard input, a line
each, and answers when the copy is up to date. It goes by the worker's environment, and ends when its input does: no
copy is held for a worker that is gone. What it fails on the worker does itself.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process

import structlog
from aiokafka import TopicPartition

from streams.cluster.recovery import open_copy, recover
from streams.cluster.settings import ClusterSettings
from streams.cluster.topics import Topics
from streams.logs import configure_logs
from streams.wall import wall_now

_log = structlog.get_logger(__name__)

_MOST = 4
"""Processes, of some 80 MiB each: a container may see more processors than it may use."""


class Fillers:
    """As many processes as there are processors, but few, begun when they are first asked for something.

    ``origin`` is the id of the changelog topic.
    """

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._most = min(_MOST, _processors())
        self._free: asyncio.LifoQueue[Process | None] = asyncio.LifoQueue()
        for _ in range(self._most):
            self._free.put_nowait(None)

    @property
    def are_of_use(self) -> bool:
        """Whether there is more than the one processor that the worker keeps busy itself."""
        return self._most > 1

    async def fill(self, shard: int) -> None:
        """Have a shard's copy brought up to date, as far as that goes; nobody may have it open meanwhile."""
        process, done = await self._free.get(), False
        try:
            process = process or await self._begin()
            done = await _is_filled(process, shard)
        except OSError:
            _log.warning("no process fills the local copy", shard=shard)
        finally:
            if process is not None and not done:
                await _end(process)
            self._free.put_nowait(process if done else None)

    async def close(self) -> None:
        """Let the processes go."""
        for _ in range(self._free.qsize()):
            process = self._free.get_nowait()
            if process is not None:
                await _end(process)
            self._free.put_nowait(None)

    async def _begin(self) -> Process:
        command = sys.executable, "-m", __name__, self._origin
        return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)


def _processors() -> int:
    """Those that this process may use, as far as the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def _is_filled(process: Process, shard: int) -> bool:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"%d\n" % shard)
    return await process.stdout.readline() != b""


async def _end(process: Process) -> None:
    """When this is over, whatever copy it had is free."""
    if process.returncode is None:
        process.kill()
    await process.wait()


async def _answer(origin: str) -> None:
    """Fill what is asked for until the input ends."""
    settings, lines = ClusterSettings.read(), asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    asked = loop.create_task(lines.readline())
    while line := await asked:
        asked = loop.create_task(lines.readline())
        filling = loop.create_task(_fill(settings, int(line), origin))
        await asyncio.wait({asked, filling}, return_when=asyncio.FIRST_COMPLETED)
        if not filling.done():
            return
        print(await filling, flush=True)


async def _fill(settings: ClusterSettings, shard: int, origin: str) -> int:
    copy = open_copy(settings, shard, origin)
    try:
        return await recover(settings, TopicPartition(Topics.of(settings).changelog, shard), copy, wall_now())
    finally:
        copy.close()


def main() -> int:
    """Run until the input ends; returns the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the worker, too, and that one decides
    configure_logs()
    try:
        asyncio.run(_answer(sys.argv[1]))
    except Exception as error:
        _log.error("a local copy was not filled; the worker does it", error=type(error).__name__)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
