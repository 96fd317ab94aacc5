"""Measures fusion (融合) against answers kept aside: clerks' duplicate pairs, a simulator's truth. The hub itself must
never see either."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import asyncpg
import msgspec
from rich.table import Table

from hub.settings import SettingsError
from hub.vocabulary.terms import Feed

#: Upper ends of the classes of incident size shown.
_SIZE_CLASSES = (1, 2, 3, 5, 10, 20, 50)
_PAIR_COLUMNS = ("child", "parent", "same_type")


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two reports that a clerk said are one matter, by report id."""

    child: str
    parent: str
    same_type: bool


class PairScore(msgspec.Struct, frozen=True, kw_only=True):
    """How many duplicate pairs ended in one incident."""

    pairs: int
    #: Pairs of which a report is not there or belongs to no incident.
    missing: int
    joined: int
    joined_same_type: int
    pairs_same_type: int
    #: Joined of those that are there.
    recall: float


class TruthScore(msgspec.Struct, frozen=True, kw_only=True):
    """Pairwise agreement with a simulator's truth."""

    reports: int
    #: Reports of the truth that are in no incident.
    missing: int
    happenings: int
    #: Pairs of reports in one incident, of one happening, and both.
    joined_pairs: int
    true_pairs: int
    right_pairs: int
    precision: float
    recall: float
    f1: float


class FusionScore(msgspec.Struct, frozen=True, kw_only=True):
    """What fusion did to a set of reports, and how well where an answer is known."""

    reports: int
    incidents: int
    #: Reports that joined an incident instead of opening one.
    joined: int
    joined_share: float
    #: Incidents by number of reports, in classes.
    sizes: dict[str, int]
    largest: int
    pairs: PairScore | None = None
    truth: TruthScore | None = None


def score(
    incident_of: Mapping[str, str], *, pairs: Sequence[Pair] | None = None, truth: Mapping[str, str] | None = None
) -> FusionScore:
    """The score of a fusion, given as report id → incident id."""
    counts = Counter(incident_of.values())
    reports, incidents = len(incident_of), len(counts)
    return FusionScore(
        reports=reports,
        incidents=incidents,
        joined=reports - incidents,
        joined_share=_ratio(reports - incidents, reports),
        sizes=_size_classes(counts.values()),
        largest=max(counts.values(), default=0),
        pairs=None if pairs is None else score_pairs(incident_of, pairs),
        truth=None if truth is None else score_truth(incident_of, truth),
    )


def score_pairs(incident_of: Mapping[str, str], pairs: Sequence[Pair]) -> PairScore:
    """Recall on duplicate pairs."""
    present = [pair for pair in pairs if pair.child in incident_of and pair.parent in incident_of]
    joined = [pair for pair in present if incident_of[pair.child] == incident_of[pair.parent]]
    return PairScore(
        pairs=len(pairs),
        missing=len(pairs) - len(present),
        joined=len(joined),
        joined_same_type=sum(pair.same_type for pair in joined),
        pairs_same_type=sum(pair.same_type for pair in present),
        recall=_ratio(len(joined), len(present)),
    )


def score_truth(incident_of: Mapping[str, str], truth: Mapping[str, str]) -> TruthScore:
    """Pairwise precision and recall; computed from the table of incidents and happenings, not pair by pair."""
    known = {report: happening for report, happening in truth.items() if report in incident_of}
    both = Counter((incident_of[report], happening) for report, happening in known.items())
    joined_pairs = _pairs_in(Counter(incident_of[report] for report in known).values())
    true_pairs = _pairs_in(Counter(known.values()).values())
    right_pairs = _pairs_in(both.values())
    precision, recall = _ratio(right_pairs, joined_pairs), _ratio(right_pairs, true_pairs)
    return TruthScore(
        reports=len(truth),
        missing=len(truth) - len(known),
        happenings=len(set(known.values())),
        joined_pairs=joined_pairs,
        true_pairs=true_pairs,
        right_pairs=right_pairs,
        precision=precision,
        recall=recall,
        f1=round(_ratio(2 * precision * recall, precision + recall), 4),
    )


async def evaluate_fusion(
    pool: asyncpg.Pool,
    *,
    pairs: Sequence[Pair] | None = None,
    truth: Mapping[str, str] | None = None,
    feed: Feed | None = None,
) -> FusionScore:
    """The score of what a hub's database holds now. `feed` limits it to one feed's reports."""
    rows = await pool.fetch(
        "select report_id, incident_id from reports where incident_id is not null and ($1::text is null or feed = $1)",
        feed,
    )
    incident_of = {row["report_id"]: row["incident_id"] for row in rows}
    return score(incident_of, pairs=pairs, truth=truth)


def read_pairs(path: Path, *, feed: Feed = Feed.OPEN311) -> list[Pair]:
    """The pairs of a CSV with the columns child, parent, same_type and plausible; only plausible ones are kept.

    Raises SettingsError for a file that is none.
    """
    reader = csv.DictReader(_text(path).splitlines())
    missing = [column for column in _PAIR_COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise SettingsError(f"{path}:1: no file of pairs; expected a CSV with the columns {', '.join(_PAIR_COLUMNS)}")
    pairs = []
    for row in reader:
        if None in row or any(row[column] is None for column in _PAIR_COLUMNS):
            raise SettingsError(f"{path}:{reader.line_num}: {len(reader.fieldnames or ())} columns expected, as above")
        if row.get("plausible", "True") == "True":
            child, parent = f"{feed}:{row['child']}", f"{feed}:{row['parent']}"
            pairs.append(Pair(child=child, parent=parent, same_type=row["same_type"] == "True"))
    return pairs


def read_truth(path: Path) -> dict[str, str]:
    """Report id → happening, of a simulator's truth file; messages that tell of nothing are left out.

    Raises SettingsError for a file that is none.
    """
    truth: dict[str, str] = {}
    for number, line in enumerate(_text(path).splitlines(), start=1):
        try:
            entry = msgspec.json.decode(line, type=_Truth)
        except msgspec.DecodeError as error:
            raise SettingsError(
                f"{path}:{number}: no line of a truth file, as `hub simulate --truth` writes it: {error}"
            ) from None
        if entry.happening is not None and entry.expect == "report":
            truth[entry.report] = entry.happening
    return truth


def table_of(result: FusionScore) -> Table:
    """The score as a table for a terminal."""
    table = Table(title="Fusion 融合", show_header=False)
    for name, value in _rows(result):
        table.add_row(name, value)
    return table


class _Truth(msgspec.Struct):
    report: str
    happening: str | None
    expect: str


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8: byte {error.start} cannot be read") from None


def _rows(result: FusionScore) -> Iterable[tuple[str, str]]:
    yield "reports 上报", f"{result.reports:,}"
    yield "incidents 事件", f"{result.incidents:,}"
    yield "joined 并入已有事件", f"{result.joined:,} ({result.joined_share:.1%})"
    yield "incidents by size", ", ".join(f"{size}: {count:,}" for size, count in result.sizes.items())
    yield "largest incident", f"{result.largest:,}"
    if (pairs := result.pairs) is not None:
        yield "duplicate pairs", f"{pairs.pairs:,}, {pairs.missing:,} not there"
        yield "recall on pairs", f"{pairs.recall:.3f} ({pairs.joined:,})"
        yield "  of one type", f"{pairs.joined_same_type:,} of {pairs.pairs_same_type:,}"
    if (truth := result.truth) is not None:
        yield "truth", f"{truth.reports:,} reports, {truth.missing:,} not there, {truth.happenings:,} happenings"
        yield "pairwise", f"precision {truth.precision:.3f}, recall {truth.recall:.3f}, F1 {truth.f1:.3f}"


def _size_classes(counts: Iterable[int]) -> dict[str, int]:
    classes: dict[int, int] = defaultdict(int)
    for count in counts:
        classes[next((n for n, top in enumerate(_SIZE_CLASSES) if count <= top), len(_SIZE_CLASSES))] += 1
    return {_class_name(n): classes[n] for n in sorted(classes)}


def _class_name(n: int) -> str:
    if n == len(_SIZE_CLASSES):
        return f">{_SIZE_CLASSES[-1]}"
    top = _SIZE_CLASSES[n]
    bottom = _SIZE_CLASSES[n - 1] + 1 if n else top
    return str(top) if bottom == top else f"{bottom}-{top}"


def _pairs_in(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def _ratio(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0
