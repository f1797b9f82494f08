"""Answers to a survey, twenty a second, while a worker does something else: how long each waits for what follows."""

import threading
import time
from statistics import median

import msgspec

from signals.calendar.instant import Instant
from signals.events.event import Event
from streams.cluster.load import Sender
from tests.benchmarks.soak import Soak
from tests.servers.waiting import until

EVERY_SECONDS = 0.05
ANSWER = {"kind": "nps", "score": 3}


class Answers:
    """Answers of others, at a moment of event time, until ``stop``; each is to be called back."""

    def __init__(self, soak: Soak, name: str, at: Instant) -> None:
        self._soak = soak
        self._name = name
        self._at = at
        self._sender = Sender(soak.cluster.settings)
        self._sent: dict[str, float] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def stop(self) -> str:
        """How long it took until Kafka had the recommendations: half of them, most of them, all."""
        self._stopped.set()
        self._thread.join()
        until(lambda: self._sent.keys() <= self._told().keys(), "all are answered")
        told = self._told()
        waited = sorted(told[customer] - sent * 1000 for customer, sent in self._sent.items())
        most = waited[len(waited) * 99 // 100]
        return f"{len(waited)} answers, half within {median(waited):.0f} ms, 99 % {most:.0f}, all {waited[-1]:.0f}"

    def _told(self) -> dict[str, float]:
        """When each customer was first recommended anything, in milliseconds."""
        told: dict[str, float] = {}
        for record in self._soak.cluster.records(self._soak.cluster.topics.recommendations):
            told.setdefault(msgspec.json.decode(record.value)["subject"], record.timestamp)
        return told

    def _send(self) -> None:
        while not self._stopped.wait(EVERY_SECONDS):
            who = f"customer:{self._name}{len(self._sent)}"
            self._sent[who] = time.time()
            self._sender.send(Event(f"a{who}", "/survey", "survey.answered", self._at, self._at, who, ANSWER))
            self._sender.flush()
