"""A fresh memory per test, and counting of joblib's output."""

import pytest
from joblib import Memory

from tests.caching import _toys


class Counter:
    """Counts the "Calling" and "Loading" lines since it was last asked."""

    def __init__(self, capsys: pytest.CaptureFixture) -> None:
        self._capsys = capsys

    def __call__(self) -> tuple[int, int]:
        lines = self._capsys.readouterr().out.splitlines()
        memory_lines = [line for line in lines if line.startswith("[Memory]")]
        calling = sum("[Memory] Calling" in line for line in memory_lines)
        return calling, sum(": Loading" in line for line in memory_lines)


@pytest.fixture
def memory(tmp_path) -> Memory:
    return Memory(str(tmp_path / "cache"), verbose=2)


@pytest.fixture
def counts(capsys) -> Counter:
    return Counter(capsys)


@pytest.fixture(autouse=True)
def _nothing_ran():
    _toys.RAN.clear()
