"""The guide for integrators names every reason and every feed."""

import re
from pathlib import Path

from hub.stages.normalise.decode import MAX_DEPTH, MAX_PARTS
from hub.vocabulary.messages import MAX_SOURCE_ID, MAX_TEXT, MAX_TITLE
from hub.vocabulary.terms import Feed, RejectReason

GUIDE = (Path(__file__).parents[3] / "docs/feeds/README.md").read_text("utf-8")


def test_every_reason_is_explained() -> None:
    explained = re.findall(r"^\| `([a-z_]+)` \|", GUIDE, re.MULTILINE)
    assert sorted(explained) == sorted(RejectReason)


def test_every_feed_has_its_page() -> None:
    assert sorted(re.findall(r"^\| \[(\w+)\]\(\1\.md\)", GUIDE, re.MULTILINE)) == sorted(Feed)


def test_limits_are_those_of_the_code() -> None:
    for limit in (MAX_PARTS, MAX_DEPTH, MAX_SOURCE_ID, MAX_TITLE, MAX_TEXT):
        assert f"{limit:,}" in GUIDE
