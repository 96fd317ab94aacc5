"""Addresses name districts and places, and fold into keys that are equal for one spot only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rulebook.book import District, KnownPlace, Name
from hub.stages.locate.address import AddressWords
from hub.vocabulary.places import Point
from tests.builders import a_city


def district(code: str, zh: str, *words: str) -> District:
    return District(code=code, name=Name(zh=zh, en=zh), words=(zh, *words), bureau="b")


def place(name: str, code: str) -> KnownPlace:
    return KnownPlace(name=name, words=(name,), point=Point(lon=111.0, lat=35.0), district=code)


WORDS = AddressWords(
    a_city(
        districts=(
            district("140802", "盐湖区", "盐湖", "解州镇"),
            district("140825", "新绛县", "新绛"),
            district("140826", "绛县", "横水镇"),
            district("roxbury", "罗克斯伯里", "Roxbury"),
            district("west-roxbury", "西罗克斯伯里", "West Roxbury"),
        ),
        places=(place("关帝庙", "140802"), place("解州关帝庙", "140802")),
        name=Name(zh="运城市", en="Boston"),
    )
)

NAMED = [
    ("山西省运城市新绛县龙兴镇", "140825", "新绛县"),  # and not the 绛县 in it
    ("绛县横水镇", "140826", "横水镇"),
    ("盐湖 区解放路", "140802", "盐湖区"),
    ("12 Elm St, WEST ROXBURY MA", "west-roxbury", "west roxbury"),
    ("12 Elm St, Roxbury", "roxbury", "roxbury"),
    ("Foxbury", None, None),
    ("", None, None),
]


@pytest.mark.parametrize(("address", "code", "word"), NAMED)
def test_the_longest_word_names_the_district(address: str, code: str | None, word: str | None) -> None:
    found, _ = WORDS.read(address)
    assert found == ((code, word) if code else None)


def test_a_known_place_is_found_by_its_longest_word() -> None:
    _, found = WORDS.read("解州镇解州关帝庙东侧")
    assert found is not None
    assert found[1] == "解州关帝庙"


SAME = [
    ("山西省运城市盐湖区解放北路12号", "盐湖区 解放北路 12号", "140802"),
    ("运城市盐湖区盐湖区解放北路１２号附近", "解放北路12号", "140802"),
    ("15 Chelsea St  West Roxbury  MA  02132", "15 chelsea st, West Roxbury", "west-roxbury"),
    ("INTERSECTION of Elm St & River St  Roxbury  MA  ", "INTERSECTION of River St & Elm St, Roxbury", "roxbury"),
]


@pytest.mark.parametrize(("one", "other", "code"), SAME)
def test_one_spot_has_one_key(one: str, other: str, code: str) -> None:
    assert WORDS.key(one, code) == WORDS.key(other, code) != ""
    assert WORDS.key(one, code).startswith(f"{code}:")


DIFFERENT = [
    ("盐湖区解放北路12号", "盐湖区解放北路13号"),
    ("盐湖区解州镇西街12号院", "盐湖区北相镇西街12号院"),
    ("15 Chelsea St, Roxbury", "15 Chelsea Ave, Roxbury"),
    ("1500 Roxbury St, Roxbury", "1500 Elm St, Roxbury"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_spots_have_two_keys(one: str, other: str) -> None:
    assert "" != WORDS.key(one, "140802") != WORDS.key(other, "140802") != ""


def test_the_same_street_in_two_districts_has_two_keys() -> None:
    assert WORDS.key("人民西路12号", "140802") != WORDS.key("人民西路12号", "140825")


@pytest.mark.parametrize(
    "vague", ["", "运城市盐湖区", "盐湖区解放北路", "运城经济开发区机场大道", "12号", "家门口附近", "Elm St, Roxbury"]
)
def test_what_names_no_one_spot_has_no_key(vague: str) -> None:
    assert WORDS.key(vague, "140802") == ""


@given(address=st.text(max_size=300))
def test_any_address_can_be_read(address: str) -> None:
    WORDS.read(address)
    key = WORDS.key(address, "140802")
    assert key == "" or key.startswith("140802:")
