"""The centre's metrics as the text that Prometheus reads; the centre's only door to its library."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector, CollectorRegistry

from central.metrics.fleet import Fleet

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_NAMESPACE = "scan_central"

# Name behind scan_central_, label, what it says; docs/metrics.md has the same.
METRICS: Mapping[str, tuple[str, str]] = {
    "build_info": ("version", "1; what runs here."),
    "terminals": ("status", "Enrolled terminals, by status."),
    "terminals_troubled": ("trouble", "Active terminals that suffer from something."),
    "entries_held": ("", "Last entries held of every terminal's running epoch, added up."),
    "entries_behind": ("", "Entries that terminals told of and have not brought."),
    "projector_behind_entries": ("projector", "Entries that a read model has not taken in."),
    "publication_version": ("", "Version of what was published last."),
    "publication_timestamp_seconds": ("", "When it was published."),
    "uploads_waiting_seconds": ("", "How long a terminal that is turned away now is to wait."),
}


class _Told(Collector):
    def __init__(self, fleet: Fleet, retry_after_s: int) -> None:
        self._fleet, self._retry_after_s = fleet, retry_after_s

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        of = self._fleet
        yield _labelled("build_info", [(version("scan-terminal"), 1)])
        yield _labelled("terminals", [(state.value, n) for state, n in of.by_status.items()])
        troubles = [(trouble.value, n) for trouble, n in of.by_trouble.items()]
        yield _labelled("terminals_troubled", troubles)
        yield _single("entries_held", of.entries_held)
        yield _single("entries_behind", of.entries_behind)
        yield _labelled("projector_behind_entries", list(of.projector_behind.items()))
        yield _single("publication_version", of.published_version)
        yield _single("publication_timestamp_seconds", of.published_at)
        yield _single("uploads_waiting_seconds", self._retry_after_s)


def exposition(fleet: Fleet, *, retry_after_s: int) -> bytes:
    """Return the fleet, and what the system says of this process, as text, version 0.0.4."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(fleet, retry_after_s))
    ProcessCollector(namespace=_NAMESPACE, registry=registry)
    return generate_latest(registry)


def _labelled(name: str, values: Sequence[tuple[str, float]]) -> Metric:
    label, told = METRICS[name]
    made = GaugeMetricFamily(f"{_NAMESPACE}_{name}", told, labels=[label])
    for of, value in values:
        made.add_metric([of], value)
    return made


def _single(name: str, value: float) -> Metric:
    _, told = METRICS[name]
    return GaugeMetricFamily(f"{_NAMESPACE}_{name}", told, value=value)
