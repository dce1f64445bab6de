"""Text form of a trained model: the one of gaitmap 2.6, so that models travel in both directions."""

from typing import Any

import numpy as np

from gaitmap.stride_segmentation.hmm._hidden_markov_model import (
    Gaussian,
    GaussianMixture,
    HiddenMarkovModel,
    State,
)

_GAUSSIAN = "MultivariateGaussianDistribution"


def encode(model: HiddenMarkovModel) -> dict[str, Any]:
    """Plain objects for JSON. Numbers keep every bit."""
    n = model.n_states
    source, target = np.nonzero(model.transitions)
    edges = [[int(u), int(v), float(model.transitions[u, v])] for u, v in zip(source, target, strict=True)]
    edges += [[int(u), n + 1, float(model.end[u])] for u in np.flatnonzero(model.end)]
    edges += [[n, int(v), float(model.start[v])] for v in np.flatnonzero(model.start)]
    states = [_encode_state(state) for state in model.states]
    return {
        "class": "HiddenMarkovModel",
        "name": model.name,
        "start": states[n],
        "end": states[n + 1],
        "states": states,
        "end_index": n + 1,
        "start_index": n,
        "silent_index": n,
        # The last two are a pseudo count and a group, which nothing uses.
        "edges": [[*edge, edge[2], None] for edge in edges],
        "distribution ties": [],
    }


def decode(text: dict[str, Any]) -> HiddenMarkovModel:
    """Model from what :func:`encode` returned, or from a file written by gaitmap 2.6.

    Raises
    ------
    ValueError
        If the content is not that of such a model.
    """
    try:
        return _decode(text)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(
            "The JSON text holds a hidden Markov model of an unknown format: "
            f"{type(error).__name__} {error}. Expected states with Gaussian mixtures and edges, as written by "
            "gaitmap 2.6 and 3. It may come from a newer version."
        ) from error


def _decode(text: dict[str, Any]) -> HiddenMarkovModel:
    emitting = [i for i, state in enumerate(text["states"]) if state["distribution"] is not None]
    place = {index: new for new, index in enumerate(emitting)}
    n = len(emitting)
    transitions, start, end = np.zeros((n, n)), np.zeros(n), np.zeros(n)
    for u, v, probability, *_ in text["edges"]:
        if u == text["start_index"]:
            start[place[v]] = probability
        elif v == text["end_index"]:
            end[place[u]] = probability
        else:
            transitions[place[u], place[v]] = probability
    mixtures = [_decode_distribution(text["states"][i]["distribution"]) for i in emitting]
    return HiddenMarkovModel(
        text["name"],
        transitions=transitions,
        start=start,
        end=end,
        n_components=[len(weights) for weights, _ in mixtures],
        weights=[weight for weights, _ in mixtures for weight in weights],
        means=[gaussian[0] for _, gaussians in mixtures for gaussian in gaussians],
        covariances=[gaussian[1] for _, gaussians in mixtures for gaussian in gaussians],
        state_names=[text["states"][i]["name"] for i in emitting],
    )


def _encode_state(state: State) -> dict[str, Any]:
    distribution: dict[str, Any] | None = None
    if isinstance(state.distribution, Gaussian):
        distribution = _encode_gaussian(state.distribution)
    elif isinstance(state.distribution, GaussianMixture):
        distribution = {
            "class": "GeneralMixtureModel",
            "distributions": [_encode_gaussian(gaussian) for gaussian in state.distribution.distributions],
            "weights": state.distribution.weights,
        }
    return {"class": "State", "distribution": distribution, "name": state.name, "weight": 1.0}


def _encode_gaussian(gaussian: Gaussian) -> dict[str, Any]:
    return {"class": "Distribution", "name": gaussian.name, "parameters": gaussian.parameters, "frozen": False}


def _decode_distribution(text: dict[str, Any]) -> tuple[list[float], list[list]]:
    """Weights, and mean and covariance of each component."""
    if text["class"] == "GeneralMixtureModel":
        return text["weights"], [_decode_distribution(gaussian)[1][0] for gaussian in text["distributions"]]
    if text["name"] != _GAUSSIAN:
        raise KeyError(text["name"])
    return [1.0], [text["parameters"]]
