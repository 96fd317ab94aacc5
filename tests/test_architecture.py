"""The house stands: sizes, names, and what a pure floor may load. No exemption list."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent
_MAX_FILE_LINES, _MAX_FUNCTION_LINES = 400, 40
_VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "manager", "misc", "base"}
_PRODUCT = sorted([*(_ROOT / "hub").rglob("*.py"), *(_ROOT / "agents").rglob("*.py")])
_EVERYTHING = sorted([*_PRODUCT, *(_ROOT / "tests").rglob("*.py"), *(_ROOT / "bench").rglob("*.py")])
_SCREENS = sorted(
    path for path in (_ROOT / "dashboards").rglob("*.ts") if not {"node_modules", "dist"} & set(path.parts)
)


def _name(path: Path) -> str:
    return str(path.relative_to(_ROOT))


@pytest.mark.parametrize("path", [*_EVERYTHING, *_SCREENS], ids=_name)
def test_a_file_has_one_subject(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= _MAX_FILE_LINES


@pytest.mark.parametrize("path", _EVERYTHING, ids=_name)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    too_long = [
        f"{function.name}: {length} lines"
        for function in _functions(path)
        if (length := _length(function)) > _MAX_FUNCTION_LINES
    ]
    assert not too_long


@pytest.mark.parametrize("path", _PRODUCT, ids=_name)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    if path.read_text("utf-8").strip():
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), "no module docstring"
    assert path.stem not in _VAGUE_NAMES


def test_the_pipeline_loads_no_loop_and_no_driver() -> None:
    banned = ("faust", "asyncio", "asyncpg", "aiokafka", "litestar", "websockets", "prometheus_client")
    code = f"import sys, hub.pipeline; print([name for name in {banned!r} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_only_the_agents_import_faust_and_only_metrics_the_client() -> None:
    users = {
        name: {_name(path) for path in _PRODUCT if name in _imports(path)} for name in ("faust", "prometheus_client")
    }
    assert users["prometheus_client"] == {"hub/edges/metrics.py"}
    assert all(path.startswith("agents/") for path in users["faust"])


def test_the_top_level_is_the_house() -> None:
    shown = subprocess.run(["git", "ls-files"], cwd=_ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    top = {line.split("/")[0] for line in shown if line}
    allowed = {
        *("hub", "agents", "rules", "schemas", "dashboards", "tests", "pyproject.toml", "README.md"),
        *("README.zh-CN.md", "Makefile", "docs", "deploy", "bench", ".ci", ".gitignore"),
    }
    assert top <= allowed


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found
