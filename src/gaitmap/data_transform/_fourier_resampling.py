"""Resampling by the Fourier transform, also for long signals of an awkward length."""

import numpy as np
from numpy.typing import NDArray

# From here on a length with large prime factors takes the way in blocks: SciPy's takes up to 150 bytes per sample.
_LONG = 2**21
_BLOCK_LENGTH = 2**20
_CHUNK = 2**18  # samples for which factors are calculated at a time


def resample_fourier(signal: NDArray[np.floating], n_samples: int) -> NDArray[np.floating]:
    """Resample like :func:`scipy.signal.resample`, which a long signal of an awkward length is not left to.

    Parameters
    ----------
    signal
        The signal (one dimension).
    n_samples
        New number of samples.
    """
    from scipy.signal import resample

    if len(signal) >= _LONG and n_samples < len(signal) and _has_large_prime_factor(len(signal)):
        return _reduce_in_blocks(signal, n_samples).astype(signal.dtype)
    return resample(signal, n_samples)


def _reduce_in_blocks(signal: NDArray[np.floating], n_samples: int) -> NDArray[np.float64]:
    """Resample to fewer samples: only the lowest Fourier coefficients are calculated."""
    coefficients = _fourier_sums(signal, n_samples // 2 + 1, len(signal))
    if n_samples % 2 == 0:
        coefficients[-1] = 2 * coefficients[-1].real  # of both signs of the highest frequency
    # The inverse transform is the real part of the forward one of the conjugates; what has two signs counts twice.
    coefficients[1 : (n_samples + 1) // 2] *= 2
    resampled = _fourier_sums(np.conjugate(coefficients, out=coefficients), n_samples, n_samples).real
    return resampled / len(signal)


def _fourier_sums(signal: NDArray, n_coefficients: int, n: int) -> NDArray[np.complex128]:
    """Sum of ``signal[j] exp(-2 pi i j k / n)`` over j for each k: chirp transforms of blocks (Bluestein 1970)."""
    from scipy.fft import fft, ifft, next_fast_len

    block_length = min(_BLOCK_LENGTH, len(signal))
    n_fast = next_fast_len(block_length + n_coefficients - 1)
    chirp = np.ones(max(block_length, n_coefficients), dtype=complex)
    for first in range(0, len(chirp), _CHUNK):
        place = np.arange(first, min(first + _CHUNK, len(chirp)), dtype=np.int64)
        chirp[place] = _unit_circle(place**2 % (2 * n), 2 * n)
    response = np.zeros(n_fast, dtype=complex)
    response[:n_coefficients] = chirp[:n_coefficients].conj()
    response[n_fast - block_length + 1 :] = chirp[1:block_length][::-1].conj()
    response = fft(response, overwrite_x=True)
    coefficients = np.zeros(n_coefficients, dtype=complex)
    for start in range(0, len(signal), block_length):
        block = signal[start : start + block_length]
        padded = np.zeros(n_fast, dtype=complex)
        np.multiply(block, chirp[: len(block)], out=padded[: len(block)])
        padded = fft(padded, overwrite_x=True)
        padded *= response
        part = ifft(padded, overwrite_x=True)[:n_coefficients]
        for first in range(0, n_coefficients, _CHUNK):
            place = np.arange(first, min(first + _CHUNK, n_coefficients), dtype=np.int64)
            coefficients[place] += part[place] * _unit_circle(start * place % n, n)
    coefficients *= chirp[:n_coefficients]
    return coefficients


def _unit_circle(numerator: NDArray[np.int64], denominator: int) -> NDArray[np.complex128]:
    """exp(-2 pi i numerator / denominator)."""
    angle = numerator * (-2 * np.pi / denominator)
    values = np.empty(len(angle), dtype=complex)
    np.cos(angle, out=values.real)
    np.sin(angle, out=values.imag)
    return values


def _has_large_prime_factor(n: int) -> bool:
    """Tell whether a factor is left when the small ones are divided out."""
    for factor in (2, 3, 5, 7, 11, 13):
        while n % factor == 0:
            n //= factor
    return n > 100
