"""Spellings of units become one bureau each, and never another's."""

import pytest

from hub.edges.duties.units import Units
from hub.rulebook.book import Bureau, LocalUnit, Name
from tests.builders import a_city


def bureau(key: str, zh: str, *words: str) -> Bureau:
    return Bureau(id=key, name=Name(zh=zh, en=key), words=words)


CITY = a_city(
    bureaus=(
        bureau("works", "运城市市政公用服务中心"),
        bureau("housing", "运城市住房和城乡建设局", "住建部门"),
        bureau("police", "运城市公安局"),
        bureau("traffic-police", "运城市公安局交通警察支队"),
        bureau("water", "运城市城市节约用水中心", "运城市节约用水服务中心"),
    ),
    local_units=(
        LocalUnit(id="owner", name=Name(zh="产权单位", en="Owner"), words=("各产权单位",), assigned=False),
        LocalUnit(id="enforcement", name=Name(zh="属地行政执法部门", en="E"), words=("属地行政执法",)),
        LocalUnit(id="cleaning", name=Name(zh="环卫部门", en="C")),
    ),
)

CELLS = [
    ("运城市市政公用服务中心、各产权单位", ("works", "owner")),
    ("市政公用服务中心", ("works",)),
    ("运城市政公用服务中心", ("works",)),  # half of the city's name
    ("\n运城市市政公用服务中心\n运城市 公安局", ("works", "police")),
    ("运城市住房和城乡建设局", ("housing",)),  # 和 is part of the name
    ("住建部门；公安局", ("housing", "police")),
    ("运城市节约用水服务中心，及各产权单位", ("water", "owner")),
    ("属地行政执法和环卫部门", ("enforcement", "cleaning")),
    ("属地行政执法部门和和环卫部门", ("enforcement", "cleaning")),
    ("市政公用服务中心/市政公用服务中心", ("works",)),
    ("（运城市）公安局", ("unit-1",)),  # brackets are part of a name: not guessed at
]


@pytest.mark.parametrize(("cell", "units"), CELLS, ids=[repr(cell) for cell, _ in CELLS])
def test_a_cell_of_units(cell: str, units: tuple[str, ...]) -> None:
    assert Units(CITY).read(cell) == units


def test_unknown_units_get_an_id_once_and_near_spellings_of_them_are_one() -> None:
    units = Units(CITY)
    assert units.read("运城市建筑垃圾资源化利用服务中心、公交公司") == ("unit-1", "unit-2")
    assert units.read("公交公司、运城市建筑垃圾资源化利用中心") == ("unit-2", "unit-1")
    assert {key: unit.name.zh for key, unit in units.new.items()} == {
        "unit-1": "运城市建筑垃圾资源化利用服务中心",
        "unit-2": "公交公司",
    }
    assert units.new["unit-1"].words == ("运城市建筑垃圾资源化利用中心",)


def test_an_id_that_a_city_uses_is_not_given_again() -> None:
    units = Units(a_city(bureaus=(bureau("unit-1", "公交公司"),)))
    assert units.read("报业集团、公交公司") == ("unit-2", "unit-1")


def test_spellings_are_told() -> None:
    units = Units(CITY)
    units.read("市政公用服务中心、运城市公安局、住建部门")
    assert units.variants == {"市政公用服务中心": "works", "住建部门": "housing"}
