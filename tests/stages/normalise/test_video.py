"""Video alarms: the device's id, the names of events, and no address of a stream or picture."""

import msgspec
import pytest

from hub.stages.normalise.video import EVENTS, is_device_id
from hub.vocabulary.terms import RejectReason
from tests.stages.normalise.messages import reject, report

DEVICE = "14080200081326000001"
ALARM = {"alarm_id": "1", "device_id": DEVICE, "event_type": "RoadPonding"}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        (DEVICE, True),
        ("14080200081316000001", True),
        ("14000000001347000123", True),
        ("81000000001327000123", True),
        ("1408020008132600001", False),
        ("140802000813260000011", False),
        ("14080200082006000001", False),
        ("00080200081326000001", False),
        ("94080200081326000001", False),
        ("1408020008132600000A", False),
        ("１４０８０２０００８１３２６０００００１", False),
    ],
)
def test_device_ids(text: str, fits: bool) -> None:
    assert is_device_id(text) is fits
    if not fits:
        found = reject("video", ALARM | {"device_id": text})
        assert (found.reason, found.field) == (RejectReason.BAD_VALUE, "$.device_id")


def test_a_device_id_gives_the_district_unless_it_is_of_a_whole_city() -> None:
    assert report("video", ALARM).district == "140802"
    assert report("video", ALARM | {"device_id": "14080000001327000123"}).district is None
    assert report("video", ALARM | {"device_id": int(DEVICE)}).device_id == DEVICE


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event[0])
def test_events_by_either_name_in_any_case(event: tuple[str, str]) -> None:
    for spelling in (event[0], event[0].upper(), event[0].lower(), event[1]):
        found = report("video", ALARM | {"event_type": spelling})
        assert (found.title, found.category_names) == (event[1], (event[1], event[0]))


def test_an_unknown_event_is_kept_as_it_is() -> None:
    found = report("video", ALARM | {"event_type": "BlackSmoke"})
    assert (found.title, found.category_names) == ("BlackSmoke", ("BlackSmoke",))


@pytest.mark.parametrize(
    "address",
    [
        "http://admin:admin@10.0.0.2/1.jpg",
        "rtsp://10.0.0.2/1",
        "//10.0.0.2/1.jpg",
        "../secret",
        "a b",
        "id?token=1",
        "a@b",
    ],
)
def test_an_address_of_a_picture_is_refused(address: str) -> None:
    found = reject("video", ALARM | {"snapshot_id": address})
    assert (found.reason, found.field) == (RejectReason.BAD_VALUE, "$.snapshot_id")
    assert address not in msgspec.json.encode(found).decode()


def test_a_stream_address_is_not_kept() -> None:
    body = ALARM | {
        "url": "rtsp://u:p@10.0.0.1/1",
        "stream_url": "rtsp://u:p@10.0.0.1/1",
        "flv": "http://x",
        "extra": {},
    }
    assert "10.0.0.1" not in msgspec.json.encode(report("video", body)).decode()


@pytest.mark.parametrize(("value", "kept"), [(0, "0"), (1, "1"), (0.934567, "0.935"), ("0.5", "0.5"), (None, None)])
def test_confidence(value: object, kept: str | None) -> None:
    assert report("video", ALARM | {"confidence": value}).attributes.get("confidence") == kept


@pytest.mark.parametrize("value", [93, -0.1, "high"])
def test_a_confidence_that_is_none(value: object) -> None:
    assert reject("video", ALARM | {"confidence": value}).field == "$.confidence"
