"""The way in blocks for long signals of an awkward length."""

import numpy as np
import pytest
from scipy.signal import resample

from gaitmap.data_transform import _fourier_resampling
from gaitmap.data_transform._fourier_resampling import resample_fourier


@pytest.mark.parametrize(("n", "n_new"), [(1009, 252), (1009, 253), (1009, 1008), (2018, 504), (1000, 250), (1009, 1)])
@pytest.mark.parametrize("block_length", [64, 1000, 4096])
def test_blocks_give_what_scipy_gives(monkeypatch, n, n_new, block_length):
    monkeypatch.setattr(_fourier_resampling, "_BLOCK_LENGTH", block_length)
    signal = np.random.default_rng(0).normal(size=n).cumsum()
    found = _fourier_resampling._reduce_in_blocks(signal, n_new)
    np.testing.assert_allclose(found, resample(signal, n_new), atol=1e-12 * np.abs(signal).max())


def test_only_long_signals_of_awkward_lengths_take_that_way(monkeypatch):
    taken = []
    monkeypatch.setattr(_fourier_resampling, "_LONG", 1000)
    monkeypatch.setattr(
        _fourier_resampling, "_reduce_in_blocks", lambda signal, n: taken.append(len(signal)) or np.zeros(n)
    )
    for n, n_new in ((1009, 252), (1024, 256), (997, 250), (1009, 2000), (2 * 1009, 500), (1001, 250)):
        resample_fourier(np.zeros(n), n_new)
    assert taken == [1009, 2018]


def test_the_type_of_the_signal_is_kept(monkeypatch):
    monkeypatch.setattr(_fourier_resampling, "_LONG", 1000)
    signal = np.random.default_rng(0).normal(size=1009)
    found = resample_fourier(signal.astype(np.float32), 252)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, resample(signal, 252), atol=1e-6)
