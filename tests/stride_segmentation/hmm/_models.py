"""Small models and data for the tests."""

import numpy as np
import pandas as pd

from gaitmap.stride_segmentation.hmm._hidden_markov_model import HiddenMarkovModel
from gaitmap.stride_segmentation.hmm._simple_hmm import _topology

TOPOLOGIES = ("left-right-strict", "left-right-loose", "fully-connected", "endless")


def random_model(topology, *, n_states=3, n_features=2, n_components=2, seed=0):
    """Random numbers on a topology; "endless": fully connected without an end."""
    rng = np.random.default_rng(seed)
    transitions, start, end = _topology("fully-connected" if topology == "endless" else topology, n_states)
    transitions = transitions * rng.uniform(0.2, 1, transitions.shape)
    end = end * rng.uniform(0.2, 1, n_states) * (topology != "endless")
    total = transitions.sum(axis=1) + end
    counts = np.arange(n_states) % n_components + 1
    k = counts.sum()
    weights = np.concatenate([w / w.sum() for w in (rng.uniform(0.1, 1, c) for c in counts)])
    root = rng.normal(size=(k, n_features, n_features))
    return HiddenMarkovModel(
        "random",
        transitions=transitions / total[:, None],
        start=start / start.sum(),
        end=end / total,
        n_components=counts,
        weights=weights,
        means=rng.normal(size=(k, n_features)),
        covariances=root @ root.transpose(0, 2, 1) + 0.1 * np.eye(n_features),
    )


def sample_sequences(n_sequences=4, seed=0):
    """Sequences of two features and their states: three parts with different means, the last one mixed."""
    rng = np.random.default_rng(seed)
    centres = np.array([[0.0, 0.0], [2.0, -1.0], [-1.0, 3.0]])
    data, labels = [], []
    for _ in range(n_sequences):
        states = np.repeat([0, 1, 2], rng.integers(8, 14, 3))
        values = centres[states] + rng.normal(scale=0.5, size=(len(states), 2))
        values[states == 2, 0] += rng.choice([0, 1.5], (states == 2).sum())
        data.append(pd.DataFrame(values, columns=["f1", "f2"]))
        labels.append(states)
    return data, labels
