"""The scores of fusion: exact on small cases, equal to counting pair by pair, and read from a real database."""

import io
import re
from itertools import combinations
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from hub.edges.clock import utc_now
from hub.edges.evaluate import Pair, evaluate_fusion, read_pairs, read_truth, score, score_truth, table_of
from hub.edges.evaluate_offline import evaluate_offline
from hub.edges.replay import source_named
from hub.edges.rules import load_city
from hub.rulebook.book import Rulebook
from hub.settings import SettingsError, shipped
from hub.vocabulary.terms import Feed

LABELS = st.sampled_from("abcd")
PAIRS_CSV = """child,parent,dist_m,dt_hours,same_type,child_type,parent_type,plausible
2,1,0,1,True,x,x,True
3,1,0,1,False,y,x,True
9,1,0,1,True,x,x,True
4,1,9000,1,True,x,x,False
"""


@pytest.fixture(scope="module")
def boston() -> Rulebook:
    return load_city(shipped("rules") / "boston")


def test_recall_counts_pairs_in_one_incident_and_leaves_out_what_is_not_there() -> None:
    incident_of = {"1": "A", "2": "A", "3": "B", "4": "A"}
    pairs = [
        Pair(child="2", parent="1", same_type=True),
        Pair(child="3", parent="1", same_type=False),
        Pair(child="4", parent="1", same_type=False),
        Pair(child="9", parent="1", same_type=True),
    ]
    result = score(incident_of, pairs=pairs)
    assert result.pairs is not None
    assert (result.pairs.pairs, result.pairs.missing, result.pairs.joined) == (4, 1, 2)
    assert result.pairs.recall == pytest.approx(2 / 3, abs=1e-4)
    assert (result.reports, result.incidents, result.joined, result.joined_share) == (4, 2, 2, 0.5)


def test_sizes_are_counted_in_classes() -> None:
    sizes = {"a": 1, "b": 1, "c": 2, "d": 4, "e": 60}
    incident_of = {f"{name}{n}": name for name, size in sizes.items() for n in range(size)}
    result = score(incident_of)
    assert result.sizes == {"1": 2, "2": 1, "4-5": 1, ">50": 1}
    assert result.largest == 60


def test_nothing_scores_without_dividing_by_nothing() -> None:
    result = score({}, pairs=[], truth={})
    assert (result.reports, result.joined_share) == (0, 0.0)


@given(st.lists(st.tuples(LABELS, LABELS), max_size=12))
def test_the_truth_score_equals_counting_pair_by_pair(labels: list[tuple[str, str]]) -> None:
    incident_of = {str(n): incident for n, (incident, _) in enumerate(labels)}
    truth = {str(n): happening for n, (_, happening) in enumerate(labels)} | {"gone": "a"}
    result = score_truth(incident_of, truth)
    both = list(combinations(incident_of, 2))
    joined = [(a, b) for a, b in both if incident_of[a] == incident_of[b]]
    true = [(a, b) for a, b in both if truth[a] == truth[b]]
    assert (result.joined_pairs, result.true_pairs) == (len(joined), len(true))
    assert result.right_pairs == len(set(joined) & set(true))
    assert result.missing == 1


def test_only_plausible_pairs_are_read(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(PAIRS_CSV)
    assert [(pair.child, pair.same_type) for pair in read_pairs(path)] == [
        ("open311:2", True),
        ("open311:3", False),
        ("open311:9", True),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: no file of pairs; expected a CSV with the columns child, parent, same_type"),
        ('{"report": "a"}\n', ":1: no file of pairs"),
        ("child,parent,same_type\n1,2,True\n3,4\n", ":3: 3 columns expected"),
        ("child,parent,same_type\n1,2,True,x,y\n", ":2: 3 columns expected"),
    ],
)
def test_a_file_that_holds_no_pairs_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    with pytest.raises(SettingsError, match=re.escape(f"{path}{said}")):
        read_pairs(path)


@pytest.mark.parametrize(
    "line", ["child,parent", "[]", '{"report": "open311:1"}', '{"report": 1, "happening": null, "expect": "report"}']
)
def test_a_file_that_holds_no_truth_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text('{"report":"open311:1","happening":"h","expect":"report","note":""}\n' + line)
    with pytest.raises(SettingsError, match=re.escape(f"{path}:2: no line of a truth file")):
        read_truth(path)


def test_bytes_that_are_no_text_are_one_message(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(b"PK\xff\xfe")
    for read in (read_pairs, read_truth):
        with pytest.raises(SettingsError, match=re.escape(f"{path}: not UTF-8")):
            read(path)


def test_the_table_says_all_of_it() -> None:
    result = score(
        {"1": "A", "2": "A"}, pairs=[Pair(child="2", parent="1", same_type=True)], truth={"1": "x", "2": "x"}
    )
    out = io.StringIO()
    Console(file=out, width=120).print(table_of(result))
    assert all(word in out.getvalue() for word in ("1 (50.0%)", "1.000", "precision", "2: 1"))


@pytest.mark.services
async def test_the_database_is_read(pool: asyncpg.Pool, tmp_path: Path) -> None:
    pairs, truth = tmp_path / "pairs.csv", tmp_path / "truth.jsonl"
    pairs.write_text(PAIRS_CSV)
    truth.write_text(
        '{"report":"open311:1","happening":"h","expect":"report","note":""}\n'
        '{"report":"open311:2","happening":"h","expect":"report","note":""}\n'
        '{"report":"open311:7","happening":null,"expect":"reject","note":"future"}\n'
    )
    for number, incident in (("1", "A"), ("2", "A"), ("3", "B"), ("5", None)):
        await pool.execute(
            "insert into reports (report_id, feed, source_id, revision, raw_id, digest, incident_id, occurred_at,"
            " received_at, category, document)"
            " values ($1, 'open311', $2, 1, gen_random_uuid(), '', $3, $4, $4, 'x', '{}')",
            f"open311:{number}",
            number,
            incident,
            utc_now(),
        )
    result = await evaluate_fusion(pool, pairs=read_pairs(pairs), truth=read_truth(truth), feed=Feed.OPEN311)
    assert (result.reports, result.incidents) == (3, 2)
    assert result.pairs is not None
    assert (result.pairs.joined, result.pairs.missing) == (1, 1)
    assert result.truth is not None
    assert (result.truth.reports, result.truth.f1) == (2, 1.0)
    assert (await evaluate_fusion(pool, feed=Feed.HOTLINE)).reports == 0


def test_an_export_is_fused_in_memory(boston: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(
        "case_enquiry_id,open_dt,case_title,reason,type,location,latitude,longitude,parent_case\n"
        "1,2011-07-01 10:00:00,Street Light Outages,Street Lights,Street Light Outages,1 Main St,42.27,-71.07,\n"
        "2,2011-07-01 11:00:00,Street Light Outages,Street Lights,Street Light Outages,1 Main St,42.27,-71.07,\n"
        "3,2011-07-01 11:00:00,Street Light Outages,Street Lights,Street Light Outages,9 Far St,42.36,-71.05,1\n"
        "4,not a time,Street Light Outages,Street Lights,Street Light Outages,9 Far St,42.36,-71.05,1\n"
    )
    done: list[int] = []
    pairs = [Pair(child="open311:2", parent="open311:1", same_type=True)]
    result = evaluate_offline(
        path, book=boston, source=source_named(boston.city, None, path), pairs=pairs, progress=done.append
    )
    assert result.score.pairs is not None
    assert result.score.pairs.recall == 1.0
    assert (result.score.reports, result.score.incidents, result.rejects) == (3, 2, {"bad_time": 1})
    assert [join.report for join in result.sample] == ["open311:2"]
    assert result.sample[0].facts["distance_m"] == 0.0
    assert done == [4]
