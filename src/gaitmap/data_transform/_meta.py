"""Combinations of transformers: one after the other, or side by side."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Self

import pandas as pd
from tpcp import OptimizableParameter

from gaitmap.data_transform._base import BaseTransformer, TrainableTransformerMixin
from gaitmap.utils.datatype_helper import SingleSensorData


class ChainedTransformer(BaseTransformer, TrainableTransformerMixin):
    """Apply transformers one after the other.

    Parameters
    ----------
    chain
        List of ``(name, transformer)`` (optimizable). Parameters of a member can be set by
        ``chain__<name>__<parameter>``.

    Attributes
    ----------
    transformed_data_
        Result of the last transformer. Without any transformer the data itself.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.

    Notes
    -----
    Copies of the members are run, so they carry no results afterwards. All members get all keyword arguments of
    ``transform`` and ``self_optimize``.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import ChainedTransformer, FixedScaler
    >>> chain = ChainedTransformer([("factor", FixedScaler(scale=2)), ("shift", FixedScaler(offset=1))])
    >>> chain.transform(pd.DataFrame({"gyr_ml": [4.0, 6.0]})).transformed_data_
       gyr_ml
    0     1.0
    1     2.0
    """

    _composite_params = ("chain",)

    chain: OptimizableParameter[list[tuple[str, BaseTransformer]]]

    def __init__(self, chain: list[tuple[str, BaseTransformer]]) -> None:
        self.chain = chain

    def transform(self, data: SingleSensorData, **kwargs: Any) -> Self:
        """Transform the data.

        Parameters
        ----------
        data
            The data of one sensor.
        kwargs
            Further arguments for all members of the chain (such as ``sampling_rate_hz``).

        Returns
        -------
        self
            The instance with the result attached.
        """
        check_members(self, "chain", self.chain)
        self.data = data
        transformed: Any = data
        for _, transformer in self.chain:
            transformed = transformer.clone().transform(transformed, **kwargs).transformed_data_
        self.transformed_data_ = transformed
        return self

    def self_optimize(self, data: Iterable[SingleSensorData], **kwargs: Any) -> Self:
        """Train the trainable members, each with the data as the members before it leave it.

        Parameters
        ----------
        data
            Data sets of single sensors.
        kwargs
            Further arguments for all members of the chain.

        Returns
        -------
        self
            The instance with trained members.
        """
        check_members_differ(self, self.chain)
        check_members(self, "chain", self.chain)
        transformed = list(data)
        trained = []
        for position, (name, old) in enumerate(self.chain, start=1):
            transformer = train_if_trainable(old, transformed, **kwargs)
            trained.append((name, transformer))
            if position < len(self.chain):
                transformed = [transformer.clone().transform(part, **kwargs).transformed_data_ for part in transformed]
        self.chain = trained
        return self


class ParallelTransformer(BaseTransformer, TrainableTransformerMixin):
    """Apply several transformers to the same data and put their results side by side.

    Parameters
    ----------
    transformers
        List of ``(name, transformer)`` (optimizable). Parameters of a member can be set by
        ``transformers__<name>__<parameter>``.

    Attributes
    ----------
    transformed_data_
        All columns of all members, named ``<name>__<column>``. Results with different row indices are joined by index.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.

    Notes
    -----
    Copies of the members are run, so they carry no results afterwards. All members get all keyword arguments of
    ``transform`` and ``self_optimize``.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import FixedScaler, IdentityTransformer, ParallelTransformer
    >>> both = ParallelTransformer([("raw", IdentityTransformer()), ("half", FixedScaler(scale=2))])
    >>> both.transform(pd.DataFrame({"gyr_ml": [4.0, 6.0]})).transformed_data_
       raw__gyr_ml  half__gyr_ml
    0          4.0           2.0
    1          6.0           3.0
    """

    _composite_params = ("transformers",)

    transformers: OptimizableParameter[list[tuple[str, BaseTransformer]]]

    def __init__(self, transformers: list[tuple[str, BaseTransformer]]) -> None:
        self.transformers = transformers

    def transform(self, data: SingleSensorData, **kwargs: Any) -> Self:
        """Transform the data.

        Parameters
        ----------
        data
            DataFrame of one sensor.
        kwargs
            Further arguments for all members (such as ``sampling_rate_hz``).

        Returns
        -------
        self
            The instance with the result attached.
        """
        names = self._check()
        if not isinstance(data, pd.DataFrame):
            raise ValueError(
                f"{type(self).__name__}: the data has the wrong type. Found {type(data).__name__}. "
                "Expected a DataFrame."
            )
        self.data = data
        results = []
        for name, (_, transformer) in zip(names, self.transformers, strict=True):
            result = transformer.clone().transform(data, **kwargs).transformed_data_
            result = result.copy(deep=False)
            result.columns = [f"{name}__{column}" for column in result.columns]
            results.append(result)
        self.transformed_data_ = pd.concat(results, axis=1)
        return self

    def self_optimize(self, data: Iterable[SingleSensorData], **kwargs: Any) -> Self:
        """Train the trainable members, all with the same data.

        Parameters
        ----------
        data
            Data sets of single sensors.
        kwargs
            Further arguments for all members.

        Returns
        -------
        self
            The instance with trained members.
        """
        check_members_differ(self, self.transformers)
        self._check()
        data_sets = list(data)
        self.transformers = [
            (name, train_if_trainable(transformer, data_sets, **kwargs)) for name, transformer in self.transformers
        ]
        return self

    def _check(self) -> list[str]:
        check_members(self, "transformers", self.transformers)
        names = [self._printed(name) for name, _ in self.transformers]
        if not names:
            raise ValueError(f"{type(self).__name__}: there is no transformer. Expected at least one.")
        duplicates = [name for name, n in Counter(names).items() if n > 1]
        if duplicates:
            raise ValueError(
                f"{type(self).__name__}: the names {duplicates} are used more than once. Expected a name of its own "
                "for every transformer."
            )
        return names

    def _printed(self, name: Any) -> str:
        try:
            return f"{name}"
        except Exception as error:
            raise ValueError(
                f"{type(self).__name__}: the name of a transformer cannot be printed (it is a {type(name).__name__}). "
                "Expected a string."
            ) from error


def check_members(owner: BaseTransformer, parameter: str, members: Any) -> None:
    """Require a list of pairs with a transformer in second place."""
    for position, member in enumerate(members):
        if not (isinstance(member, tuple) and len(member) == 2 and isinstance(member[1], BaseTransformer)):
            raise TypeError(
                f"The '{parameter}' parameter of {type(owner).__name__} must be a list of pairs with a transformer in "
                f"second place. Got {member!r} at position {position} instead."
            )


def check_members_differ(owner: BaseTransformer, members: Any) -> None:
    """Require every transformer to be an object of its own: training one must not train another."""
    ids = [id(member[1]) for member in members if isinstance(member, tuple) and len(member) == 2]
    if len(set(ids)) < len(ids):
        raise ValueError(
            f"{type(owner).__name__}: all transformers must be different objects. Found one of them more than once. "
            "Use a clone of it in each place."
        )


def train_if_trainable(
    transformer: BaseTransformer, data: Iterable[SingleSensorData], **kwargs: Any
) -> BaseTransformer:
    """Clone of the transformer, trained if it can be."""
    transformer = transformer.clone()
    if isinstance(transformer, TrainableTransformerMixin):
        # A clone has no results even if the training left some behind.
        transformer = transformer.self_optimize(data, **kwargs).clone()
    return transformer
