"""Small algorithms for the tests of caching, importable by other processes too."""

import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Memory
from tpcp import Algorithm, cf

from gaitmap.utils.caching import cache_function

# Names of the computations that really ran, in this process.
RAN: list[str] = []


def multiply(values: np.ndarray, factor: float) -> np.ndarray:
    RAN.append("multiply")
    return values * factor


def multiply_and_warn(values: np.ndarray, factor: float) -> np.ndarray:
    RAN.append("multiply_and_warn")
    warnings.warn("the factor is suspicious", RuntimeWarning, stacklevel=1)
    return values * factor


def same_array(values: np.ndarray) -> np.ndarray:
    return values


def slow_multiply(values: np.ndarray, factor: float, log: str) -> np.ndarray:
    with Path(log).open("a") as file:
        file.write("x")
    time.sleep(0.3)
    return values * factor


TABLE = {"factor": 1.0}


def look_up(value: float) -> float:
    return value * TABLE["factor"]


class Pair:
    """A result that only a pickle can hold."""

    def __init__(self, one: int, other: int) -> None:
        self.one = one
        self.other = other


def make_pair(number: int) -> Pair:
    RAN.append("make_pair")
    return Pair(number, 2 * number)


class Danger:
    """Runs something when it is loaded."""

    def __init__(self, file: str) -> None:
        self.file = file

    def __reduce__(self):
        return write_harm, (self.file,)


def write_harm(file: str) -> None:
    Path(file).write_text("harm")


def make_danger(file: str) -> Danger:
    RAN.append("make_danger")
    return Danger(file)


def two_arrays(n: int) -> tuple[np.ndarray, np.ndarray]:
    RAN.append("two_arrays")
    return np.arange(float(n)), np.asfortranarray(np.arange(2 * n, dtype=np.int32).reshape(n, 2))


class Scaler(Algorithm):
    """Scales a frame; the product is what its memory keeps, the limit is applied later."""

    _action_methods = ("scale", "shrink")

    def __init__(self, factor=2.0, limit=np.inf, memory: Memory | None = None):
        self.factor = factor
        self.limit = limit
        self.memory = memory

    def scale(self, data, sampling_rate_hz=1.0, *, weights=None, **kwargs):
        if sampling_rate_hz < 0:
            raise ZeroDivisionError("no such rate")
        RAN.append("scale")
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        self.weights = weights
        self.kwargs = kwargs
        product = cache_function(self.memory, multiply)(data.to_numpy(), self.factor)
        self._product = np.minimum(product, self.limit)
        self.scaled_ = pd.DataFrame(self._product, columns=list(data.columns))
        self.same_ = data
        return self

    def shrink(self, data):
        self.data = data
        self.scaled_ = data / self.factor
        return self

    def total(self, data):
        RAN.append("total")
        return float(data.to_numpy().sum() * self.factor)

    def give_lock(self, data):
        import threading

        return {"data": data, "lock": threading.Lock()}

    @property
    def sum_(self):
        return float(self._product.sum())


class Pipeline(Algorithm):
    """Holds other algorithms, one of them in a composite parameter."""

    _action_methods = "run"
    _composite_params = ("steps",)

    def __init__(self, scaler=cf(Scaler()), steps=cf([("first", Scaler(3.0))]), memory=None):  # noqa: B008
        self.scaler = scaler
        self.steps = steps
        self.memory = memory

    def run(self, data):
        self.data = data
        self.scaler_ = self.scaler.clone().scale(data)
        self.step_ = self.steps[0][1].clone().scale(data)
        return self


class GivesSomethingElse(Algorithm):
    """Breaks the rule that an action returns the instance."""

    _action_methods = "run"

    def run(self, data):
        self.data = data
        self.result_ = 1
        return self.clone()


def sample_data(n: int = 20, seed: int = 0) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(n, 3)), columns=["a", "b", "c"])
