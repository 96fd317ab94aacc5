"""Time of the checks grows with the body, not with its square. CPU time, so that a busy machine is no cause."""

import time

import pytest

from hub.edges.intake.wellformed import check_json, deeper_than
from hub.rulebook.book import Source
from hub.stages.normalise import normalise
from hub.vocabulary.messages import Reject
from tests.builders import a_raw, a_source

_SECONDS = 1.0


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'["' + b'[]\\"' * 500_000, id="an unclosed string of escaped quotes"),
        pytest.param(b"[" * 70 + b'"' + b"\\" * 2_000_001, id="backslashes to the end"),
        pytest.param(b'{"a":"' + b"[" * 2_000_000, id="an unclosed string of brackets"),
        pytest.param(b"[" * 2_000_000, id="nothing but brackets"),
    ],
)
def test_hostile_json_costs_no_more_than_its_size(body: bytes) -> None:
    began = time.process_time()
    assert check_json(body) is not None
    deeper_than(body, 64)
    assert time.process_time() - began < _SECONDS


@pytest.mark.parametrize(
    "field", ["question_class", "title", "content", "address", "called_at", "longitude", "district"]
)
@pytest.mark.parametrize("text", ["-", "->", " ", "1", "附近", "1-", "：", "\\n"])
def test_a_hotline_field_of_a_megabyte_does_not_hold_the_worker_up(field: str, text: str) -> None:
    long = text * (1_000_000 // len(text))
    order = f'{{"order_id":"1","title":"t","{field}":"{long}"}}'.encode()
    began = time.process_time()
    results = normalise(a_raw(order), _source())
    assert time.process_time() - began < _SECONDS
    assert all(isinstance(result, Reject) or result.source_id == "1" for result in results)


def _source() -> Source:
    return a_source()
