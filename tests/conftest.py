"""What every test may use: golden files."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"

CheckGolden = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden files below tests/golden from this run instead of comparing",
    )


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A job in the background of a script ignores SIGINT, and so would every program the tests
    # start: what they interrupt has to be interruptible.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def check_golden(request: pytest.FixtureRequest) -> CheckGolden:
    """Compare a text with `tests/golden/<name>`, or write it with --update-golden."""
    update = bool(request.config.getoption("--update-golden"))

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing; run pytest with --update-golden"
        assert text == path.read_text(encoding="utf-8")

    return check
