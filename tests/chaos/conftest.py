"""The table of the faults, printed when the run is over."""

import pytest

from tests.chaos.figures import Figures

_FIGURES = Figures()


@pytest.fixture
def figures() -> Figures:
    """Where a test leaves what it measured."""
    return _FIGURES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell it, whether the tests passed or not."""
    for line in _FIGURES.table():
        terminalreporter.write_line(line)
