"""Every metric of the hub, by name; the only import of prometheus_client. It must never register anything at import.

Each process builds its own `Metrics`; what it does not count stays at zero. `docs/metrics.md` explains each of them.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from hub.ports import Settled
from hub.rulebook.conditions import CONDITION_FAILED
from hub.vocabulary.incidents import Decision
from hub.vocabulary.messages import Reject
from hub.vocabulary.terms import TimelineKind

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_MESSAGES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

#: Content type of `Metrics.text`.
TEXT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The counters, gauges and histograms of one process."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self._intake()
        self._decisions()
        self._relay()
        self._live()
        self._watchdog()
        self._rulebooks()

    def text(self) -> bytes:
        """All of them in the Prometheus text format."""
        return generate_latest(self.registry)

    def count_settled(self, settled: Settled, rejects: Iterable[Reject]) -> None:
        """Count what one write of a worker did."""
        for feed, count in Tally(filing.located.report.feed for filing in settled.decision.filings).items():
            self.reports.labels(feed.value).inc(count)
        for reject in rejects:
            self.rejects.labels(reject.feed.value, reject.reason.value).inc()
        kinds = Tally(entry.kind for entry in settled.decision.timeline)
        self.incidents_opened.inc(kinds[TimelineKind.OPENED])
        self.incidents_joined.inc(kinds[TimelineKind.JOINED])
        self.count_mutes(settled.decision)
        self.count_conditions(settled.decision)

    def count_conditions(self, decision: Decision) -> None:
        """Count the conditions that could not be decided."""
        for entry in decision.timeline:
            for why in entry.why:
                if why.verdict == CONDITION_FAILED:
                    self.condition_failures.labels(why.stage.value, why.rule).inc()

    def count_mutes(self, decision: Decision) -> None:
        """Count the mutes that began and ended by a decision."""
        began = sum(entry.kind is TimelineKind.MUTED for entry in decision.timeline)
        ended = set(decision.marked) & {i.id for i in decision.incidents if i.mute is None}
        self.mutes.labels("began").inc(began)
        self.mutes.labels("ended").inc(len(ended))

    def count_supervision(self, decision: Decision) -> None:
        """Count what supervision raised by a decision."""
        for kind, count in Tally(entry.kind for entry in decision.timeline).items():
            self.supervision.labels(kind.value).inc(count)

    def tell_canary(self, feed: str, partition: int, *, waits_seconds: float, stalls: int) -> None:
        """Tell of a partition's canary; `stalls` is their number in the database."""
        labels = (feed, str(partition))
        self.canary_waits.labels(*labels).set(waits_seconds)
        told = self._stalls_told.get(labels, 0)
        self.consumer_stalls.labels(*labels).inc(max(0, stalls - told))
        self._stalls_told[labels] = max(told, stalls)

    def tell_rulebook(self, version: str) -> None:
        """Tell by which rulebook this process decides or answers."""
        self.rulebook_active.clear()
        self.rulebook_active.labels(version).set(1)

    def tell_standing(self, workers: Mapping[str, int], *, folder_differs: bool) -> None:
        """Tell how many workers decide by each rulebook, and whether the folder on disk is another."""
        self.rulebook_workers.clear()
        for version, count in workers.items():
            self.rulebook_workers.labels(version).set(count)
        self.rulebook_folder_differs.set(folder_differs)

    def _intake(self) -> None:
        self.intake_messages = self._counter("hub_intake_messages_total", "Raw messages landed by HTTP.", "feed")
        self.intake_refused = self._counter(
            "hub_intake_refused_total", "Posts refused at the door, by the problem's name.", "feed", "reason"
        )

    def _decisions(self) -> None:
        self.reports = self._counter("hub_reports_total", "Reports filed, revisions included.", "feed")
        self.rejects = self._counter("hub_rejects_total", "Rejects kept, by reason.", "feed", "reason")
        self.incidents_opened = self._counter("hub_incidents_opened_total", "Incidents opened.")
        self.incidents_joined = self._counter("hub_incidents_joined_total", "Reports that joined a live incident.")
        self.condition_failures = self._counter(
            "hub_condition_failures_total", "Conditions of rules that could not be decided.", "stage", "rule"
        )
        self.mutes = self._counter("hub_mutes_total", "Mutes of incidents that began and ended.", "what")
        self.supervision = self._counter("hub_supervision_total", "What supervision of clocks raised.", "kind")
        self.batch_seconds = Histogram(
            "hub_batch_seconds",
            "Time from taking a batch to its commit.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.batch_messages = Histogram(
            "hub_batch_messages", "Raw messages in a batch.", buckets=_MESSAGES, registry=self.registry
        )

    def _relay(self) -> None:
        self.relay_published = self._counter(
            "hub_relay_published_total", "Records the broker took from the relay.", "topic"
        )
        self.relay_errors = self._counter("hub_relay_errors_total", "Rounds of the relay that failed.")
        self.outbox_waiting = self._gauge("hub_outbox_waiting", "Changes that still have to reach the broker.")
        self.raw_waiting = self._gauge("hub_raw_waiting", "Raw messages that are not settled yet.")

    def _live(self) -> None:
        self.live_screens = self._gauge("hub_live_screens", "Screens connected to the live server.")
        self.live_frames = self._counter("hub_live_frames_total", "Frames made by the board.")
        self.live_resyncs = self._counter(
            "hub_live_resyncs_total", "Screens that were too slow and got a new snapshot."
        )
        self.board_reconciles = self._counter(
            "hub_board_reconciles_total", "Times the board compared itself with the database."
        )

    def _watchdog(self) -> None:
        self.consumer_stalls = self._counter(
            "hub_consumer_stalls_total", "Times a partition stood still for ten seconds or more.", "feed", "partition"
        )
        self.canary_waits = self._gauge(
            "hub_canary_waits_seconds", "How long a partition's canary has been waiting.", "feed", "partition"
        )
        self._stalls_told: dict[tuple[str, str], int] = {}

    def _rulebooks(self) -> None:
        self.rulebook_active = self._gauge(
            "hub_rulebook_active", "1 for the rulebook by which this process decides or answers.", "version"
        )
        self.rulebook_workers = self._gauge(
            "hub_rulebook_workers", "Workers that take messages, by the rulebook they decide by.", "version"
        )
        self.rulebook_folder_differs = self._gauge(
            "hub_rulebook_folder_differs", "1 when the city folder on disk is another than the active rulebook."
        )

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(name, words, labels, registry=self.registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return Gauge(name, words, labels, registry=self.registry)
