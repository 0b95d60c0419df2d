"""What the desk counts about itself, for Prometheus. Labels are ours (routes, topics, queues), never a customer's."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Metrics:
    """The counters of one application, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        # memory and processor time of this process, where /proc tells
        ProcessCollector(registry=self.registry)
        counter, gauge = partial(Counter, registry=self.registry), partial(Gauge, registry=self.registry)
        self.requests = counter(
            "bazkhord_requests_total", "Answered requests.", ("method", "route", "status")
        )
        self.seconds = Histogram(
            "bazkhord_request_seconds",
            "Time to answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        stored = "Stored comments by category and urgency, without those of files."
        self.tagged = counter("bazkhord_feedback_total", stored, ("category", "urgency"))
        self.topics = counter("bazkhord_topics_total", "Topics of stored comments.", ("topic", "sentiment"))
        self.tickets = counter("bazkhord_tickets_total", "Opened tickets.", ("queue", "priority"))
        self.waiting = gauge("bazkhord_model_waiting", "Comments waiting for the model.")
        self.deliveries = gauge("bazkhord_deliveries_waiting", "Webhook deliveries still to be made.")

    def stored(self, answer: Mapping[str, Any]) -> None:
        """Count the comments and tickets of the answer that `intake` gave to one comment or to a batch."""
        for result in answer.get("results", [{"feedback": answer}]):
            receipt = result.get("feedback")
            if receipt is not None and receipt["outcome"] == "created":
                self._count(receipt)

    def _count(self, receipt: Mapping[str, Any]) -> None:
        tags, ticket = receipt["tags"], receipt["ticket"]
        category = tags["category"]["label"] if tags["category"] else "(none)"
        self.tagged.labels(category, tags["urgency"]["level"]).inc()
        for topic in tags["topics"]:
            self.topics.labels(topic["id"], topic["sentiment"]).inc()
        if ticket is not None and not ticket["joined"]:
            self.tickets.labels(ticket["queue"], ticket["priority"]).inc()

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)
