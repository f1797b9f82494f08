"""A Redis server on a free port, without persistence unless asked."""

from pathlib import Path

from tests.servers.process import Server, free_port


class Redis(Server):
    """One server in ``folder``; with ``durable`` its append-only file survives a kill."""

    def __init__(self, folder: Path, durable: bool = False) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        folder.mkdir(parents=True, exist_ok=True)
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
        sync = ["--appendonly", "yes", "--appendfsync", "always"] if durable else []
        super().__init__(["redis-server", *options, *sync], folder / "redis.log")

    def run(self) -> None:
        """Start the server, for the first time or again."""
        self.start(lambda log: "Ready to accept connections" in log)
