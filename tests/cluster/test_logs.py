"""What a worker writes is one JSON object a line, whatever happens."""

import json
import socket
import struct

from tests.cluster.workers import Cluster, port_of, search


def test_every_line_of_the_log_is_json(cluster: Cluster) -> None:
    worker = cluster.start(engine="signals")
    hang_up_in_the_midst(port_of(worker))
    cluster.send([search(1, 1)])
    assert worker.stop() == 0
    said = [json.loads(line) for line in worker.said().splitlines()]
    assert {"event", "level", "timestamp"} <= set.intersection(*map(set, said))
    assert not [one for one in said if one["level"] == "error" and one["logger"].startswith("streams")]


def hang_up_in_the_midst(port: int) -> None:
    """Begin a question and reset the connection, as a program does that is killed."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(b"GET /metrics HTTP/1.1\r\n")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
