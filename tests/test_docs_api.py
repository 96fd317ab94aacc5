"""docs/api.md names every endpoint with its role and every problem with its status, and no other."""

import re
from pathlib import Path

from hub.edges.web.guard import ROLE
from hub.edges.web.problems import PROBLEMS
from tests.edges.web.conftest import documented_app

PAGE = (Path(__file__).parent.parent / "docs" / "api.md").read_text("utf-8")


def test_every_problem_is_documented_and_nothing_else() -> None:
    written = {name: int(status) for name, status in re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", PAGE, re.MULTILINE)}
    assert written == {name: status for name, (status, _) in PROBLEMS.items()}


def test_every_endpoint_is_documented_with_its_role_and_nothing_else() -> None:
    written = set(re.findall(r"^\| `([A-Z]+) (/\S*)` \| `?(\w+)`? \|", PAGE, re.MULTILINE))
    served = {
        (str(method), re.sub(r":\w+}", "}", route.path), str(handler.opt.get(ROLE, "open")))
        for route in documented_app().routes
        for handler in route.route_handlers
        for method in handler.http_methods
        if handler.include_in_schema is not False and str(method) != "OPTIONS" and not route.path.startswith("/schema")
    }
    assert written == served
