"""Figures that are read when somebody asks, with a short memory and a limit of time; a failure never fails the rest."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from shared import log
from shared.failure import describe
from shared.metrics.counted import COUNTED

READING_SECONDS = 3.0
SOURCE_SECONDS = 6.0
"""For all readings of one source: an engine that hangs costs a scrape no more, and Prometheus waits for 10 seconds."""


@dataclass(frozen=True)
class Gauge:
    """One metric: its name, what it says, and the names of its labels."""

    name: str
    says: str
    labels: tuple[str, ...] = ()

    def of(self, value: float, *labels: str) -> "Sample":
        """Return one value of it."""
        return Sample(self, value, labels)


@dataclass(frozen=True)
class Sample:
    """One value of a metric."""

    gauge: Gauge
    value: float
    labels: tuple[str, ...] = ()


Found = Iterable[Sample] | str  # a string is text in the form of Prometheus itself


@dataclass(frozen=True)
class Reading:
    """Something to be asked: a name, of whom, how, and for how many seconds its answer is good.

    Readings of one source are asked one after the other, so that a scrape takes one connection.
    """

    name: str
    source: str
    read: Callable[[], Awaitable[Found]]
    good_for: float = 5.0


@dataclass
class _Kept:
    asked_at: float = -1e9  # monotonic
    found: Found | None = None
    failures: int = 0
    seconds: float = 0.0


@dataclass
class Gatherer:
    """The readings of one process, and what they said last."""

    readings: Sequence[Reading]
    _kept: dict[str, _Kept] = field(default_factory=lambda: defaultdict(_Kept))
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def text(self) -> bytes:
        """Return everything that this process counts and reads, in the form of Prometheus."""
        async with self._asking:  # a second scrape waits, and has the same answers
            by_source: dict[str, list[Reading]] = defaultdict(list)
            for reading in self.readings:
                by_source[reading.source].append(reading)
            await asyncio.gather(*(self._ask(group) for group in by_source.values()))
            families = list(self._families())
            more = [kept.found for kept in self._kept.values() if isinstance(kept.found, str)]
        # In a thread: it takes milliseconds, which requests need not wait for.
        return await asyncio.to_thread(_written, families, more)

    async def _ask(self, readings: Sequence[Reading]) -> None:
        ends = time.monotonic() + SOURCE_SECONDS
        for reading in readings:
            kept, began = self._kept[reading.name], time.monotonic()
            if began - kept.asked_at < reading.good_for:
                continue
            try:
                async with asyncio.timeout(max(0.0, min(READING_SECONDS, ends - began))):
                    found = await reading.read()
                    kept.found = found if isinstance(found, str) else list(found)
            except Exception as error:  # whatever the error, there is no figure, and that is said
                kept.found, kept.failures = None, kept.failures + 1
                log.get(part="metrics").warning("a figure is not known", reading=reading.name, reason=describe(error))
            kept.asked_at = time.monotonic()
            kept.seconds = kept.asked_at - began

    def _families(self) -> Iterable[Metric]:
        by_gauge: dict[Gauge, GaugeMetricFamily] = {}
        known = GaugeMetricFamily("alongside_collected", "Whether a figure could be read.", labels=("reading",))
        failed = CounterMetricFamily(
            "alongside_collect_failures", "How often a figure could not be read.", labels=("reading",)
        )
        took = GaugeMetricFamily("alongside_collect_seconds", "How long a figure took.", labels=("reading",))
        for reading in self.readings:
            kept = self._kept[reading.name]
            known.add_metric((reading.name,), float(kept.found is not None))
            failed.add_metric((reading.name,), kept.failures)
            took.add_metric((reading.name,), kept.seconds)
            for sample in () if kept.found is None or isinstance(kept.found, str) else kept.found:
                gauge = sample.gauge
                if gauge not in by_gauge:
                    by_gauge[gauge] = GaugeMetricFamily(gauge.name, gauge.says, labels=gauge.labels)
                by_gauge[gauge].add_metric(sample.labels, sample.value)
        return (known, failed, took, *by_gauge.values())


class _Families(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _written(families: Sequence[Metric], more: Sequence[str]) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(families))
    return b"".join((generate_latest(COUNTED), generate_latest(registry), *(text.encode() for text in more)))
