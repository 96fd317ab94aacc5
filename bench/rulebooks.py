"""A city's folder with many more rules in front of its own, so that every report passes them; every third has a
condition. It must never be run; `python -m bench.rule_count` measures with it."""

import shutil
from collections.abc import Iterator, Mapping
from itertools import cycle, product
from pathlib import Path

from hub.edges.rules import load_city
from hub.settings import Settings

#: Of ten rules more: routes, deadlines, severity.
_SHARES = {"routing": 4, "deadlines": 3, "severity": 3}
_HEADS = {"routing": "routes:\n", "deadlines": "deadlines:\n", "severity": "severity:\n"}


def folder_with_rules(folder: Path, count: int) -> Path:
    """`rules_dir` of a copy of the default city with `count` rules more. Returns the folder to set as HUB_RULES_DIR."""
    given = Settings().city_dir()
    shutil.copytree(given, folder / given.name)
    book = load_city(given)
    places = cycle(product(sorted(book.categories), [district.code for district in book.city.districts]))
    for name, share in _SHARES.items():
        file = folder / given.name / f"{name}.yaml"
        head, more = _HEADS[name], "".join(_rules(name, count * share // 10, places))
        text = file.read_text("utf-8")
        assert text.count(f"\n{head}") == 1, file
        file.write_text(text.replace(f"\n{head}", f"\n{head}{more}"), "utf-8")
    return folder


def folder_of_size(texts: Mapping[str, str], categories: int, routes: int, *, conditions: bool) -> dict[str, str]:
    """The texts of a city with so many categories and routes more, each route with a condition of its own or none."""
    kinds = "".join(
        f"  more-{n}: {{kind: event, name: {{zh: 更多{n}, en: More {n}}}, family: more-{n}, severity: III, "
        f"words: {{特别词语{n}: 3}}}}\n"
        for n in range(categories)
    )
    rules = "".join(
        f"  - {{id: more-{n}, why: 更多规则, categories: [more-{n % categories}], districts: [140802], "
        f"severity_at_least: II{_condition(n) if conditions else ''}, lead: district, assist: [police]}}\n"
        for n in range(routes)
    )
    more = {"categories.yaml": ("categories:\n", kinds), "routing.yaml": ("routes:\n", rules)}
    return {**texts, **{file: texts[file].replace(head, head + text, 1) for file, (head, text) in more.items()}}


def _condition(n: int) -> str:
    return f", when: hour >= {n % 24} && title.contains('词{n}')"


def _rules(name: str, count: int, places: Iterator[tuple[str, str]]) -> Iterator[str]:
    for n in range(count):
        category, district = next(places)
        when = _condition(n) if n % 3 == 0 else ""
        head = f"  - {{id: more-{name}-{n}, why: 更多规则, categories: [{category}]{when}"
        if name == "routing":
            yield f"{head}, districts: [{district}], severity_at_least: I, lead: district}}\n"
        elif name == "deadlines":
            yield f"{head}, severity_at_least: I, kind: resolve, basis: urgent_hour, amount: 1}}\n"
        else:
            yield f"{head}, words: [特别词{n}, 另一词{n}], severity: III}}\n"
