"""The servers of the tests are real, and can be killed and started again."""

import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic
from redis import Redis as Client

from tests.servers.kafka import Kafka
from tests.servers.redis import Redis

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def send(bootstrap: str, topic: str, value: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    producer.send(topic, value).get(30)
    producer.close()


def read(bootstrap: str, topic: str, count: int) -> list[bytes]:
    consumer = KafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None)
    values = [next(consumer).value for _ in range(count)]
    consumer.close()
    return values


def test_kafka_keeps_what_is_sent(kafka: str) -> None:
    topic = f"servers-{uuid.uuid4().hex}"
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.create_topics([NewTopic(topic, 1, 1)])
    admin.close()
    send(kafka, topic, b"hello")
    assert read(kafka, topic, 1) == [b"hello"]


def test_kafka_remembers_after_a_kill(tmp_path: Path) -> None:
    broker = Kafka(tmp_path / "kafka")
    try:
        broker.run()
        admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
        admin.create_topics([NewTopic("one", 1, 1)])
        admin.close()
        send(broker.bootstrap, "one", b"before")
        broker.kill()
        broker.run()
        send(broker.bootstrap, "one", b"after")
        assert read(broker.bootstrap, "one", 2) == [b"before", b"after"]
    finally:
        broker.kill()


def test_redis_remembers_after_a_kill_when_durable(tmp_path: Path) -> None:
    server = Redis(tmp_path / "redis", durable=True)
    try:
        server.run()
        Client.from_url(server.url).set("name", "Jan")
        server.kill()
        server.run()
        assert Client.from_url(server.url).get("name") == b"Jan"
    finally:
        server.kill()


def test_redis_answers(redis_url: str) -> None:
    assert Client.from_url(redis_url).ping()


def test_the_browser_shows_a_page(browser: "Browser") -> None:
    page = browser.new_page()
    page.set_content("<title>Hallo</title>")
    assert page.title() == "Hallo"
    page.close()


def test_installing_twice_does_nothing_the_second_time() -> None:
    again = subprocess.run([sys.executable, "-m", "tests.servers.install"], capture_output=True, text=True)
    assert (again.returncode, again.stdout) == (0, "")
