"""Different transformers for different columns."""

from collections.abc import Hashable, Iterable
from typing import Any, Self

import pandas as pd
from tpcp import OptimizableParameter

from gaitmap.data_transform._base import BaseTransformer, TrainableTransformerMixin
from gaitmap.data_transform._meta import check_members, check_members_differ, train_if_trainable
from gaitmap.data_transform._values import check_has_one_column_level
from gaitmap.utils.datatype_helper import SingleSensorData


class GroupedTransformer(BaseTransformer, TrainableTransformerMixin):
    """Apply different transformers to different columns.

    Parameters
    ----------
    transformer_mapping
        List of ``(columns, transformer)`` (optimizable); ``columns`` is the name of a column, or a tuple of names that
        are transformed together. Parameters of a member can be set by
        ``transformer_mapping__<columns>__<parameter>``, several names joined by ``_``.
    keep_all_cols
        Keep columns that no transformer is named for, as they are. If False, they are dropped.

    Attributes
    ----------
    transformed_data_
        The transformed columns (and the kept ones), in the order of the data.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.

    Raises
    ------
    ValueError
        If a column is named twice or does not exist, if the rows of a result do not fit those of the others (a
        transformer that changes the number of rows cannot be combined with untouched columns), or if nothing would be
        returned.
    KeyError
        If a transformer renames columns.

    Notes
    -----
    Copies of the members are run, so they carry no results afterwards. All members get all keyword arguments of
    ``transform`` and ``self_optimize``. A trainable member is trained on all of its columns together: a scaler for
    ``("acc_pa", "acc_ml")`` learns one factor for both.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import FixedScaler, GroupedTransformer
    >>> data = pd.DataFrame({"acc_pa": [1.0, 2.0], "gyr_ml": [100.0, 200.0]})
    >>> GroupedTransformer([("gyr_ml", FixedScaler(scale=100))]).transform(data).transformed_data_
       acc_pa  gyr_ml
    0     1.0     1.0
    1     2.0     2.0
    """

    transformer_mapping: OptimizableParameter[list[tuple[Hashable, BaseTransformer]]]
    keep_all_cols: bool

    def __init__(self, transformer_mapping: list[tuple[Hashable, BaseTransformer]], keep_all_cols: bool = True) -> None:
        self.transformer_mapping = transformer_mapping
        self.keep_all_cols = keep_all_cols

    def transform(self, data: SingleSensorData, **kwargs: Any) -> Self:
        """Transform the columns.

        Parameters
        ----------
        data
            DataFrame with one column level.
        kwargs
            Further arguments for all members (such as ``sampling_rate_hz``).

        Returns
        -------
        self
            The instance with the result attached.
        """
        self._check_mapping()
        self._check_data(data)
        self.data = data
        parts = []
        for key, transformer in self.transformer_mapping:
            columns = _columns_of(key)
            part = transformer.clone().transform(data[columns], **kwargs).transformed_data_
            self._check_columns(columns, transformer, part)
            parts.append(part)
        named = {column for key, _ in self.transformer_mapping for column in _columns_of(key)}
        if self.keep_all_cols and (not parts or len(named) < data.shape[1]):
            parts.append(data[[column for column in data.columns if column not in named]])
        self._check_rows(parts)
        found = [column for part in parts for column in part.columns]
        order = [found.index(column) for column in data.columns if column in found]
        self.transformed_data_ = pd.concat(parts, axis=1).iloc[:, order]
        return self

    def self_optimize(self, data: Iterable[SingleSensorData], **kwargs: Any) -> Self:
        """Train the trainable members, each on its own columns.

        Parameters
        ----------
        data
            Data sets (DataFrames with one column level).
        kwargs
            Further arguments for all members.

        Returns
        -------
        self
            The instance with trained members.
        """
        check_members_differ(self, self.transformer_mapping)
        self._check_mapping()
        data_sets = list(data)
        for data_set in data_sets:
            self._check_data(data_set)
        self.transformer_mapping = [
            (key, train_if_trainable(transformer, [part[_columns_of(key)] for part in data_sets], **kwargs))
            for key, transformer in self.transformer_mapping
        ]
        return self

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters of this transformer.

        Parameters
        ----------
        deep
            Include the members and their parameters, with prefixes as described for ``transformer_mapping``.

        Returns
        -------
        dict
            Parameter names and values.
        """
        params = super().get_params(deep=deep)
        if deep:
            for name, transformer in self._named_members().items():
                params[name] = transformer
                params.update({f"{name}__{sub}": value for sub, value in transformer.get_params().items()})
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters of this transformer or of its members.

        Parameters
        ----------
        params
            Names as in :meth:`get_params`.

        Returns
        -------
        self
            The instance.
        """
        nested = {name: value for name, value in params.items() if name.startswith("transformer_mapping__")}
        super().set_params(**{name: value for name, value in params.items() if name not in nested})
        for name, value in nested.items():
            self._set_member_param(name, value)
        return self

    def _named_members(self) -> dict[str, BaseTransformer]:
        mapping = self.transformer_mapping if isinstance(self.transformer_mapping, list | tuple) else []
        pairs = [entry for entry in mapping if isinstance(entry, tuple) and len(entry) == 2]
        return {_name_of(key): member for key, member in pairs if isinstance(member, BaseTransformer)}

    def _set_member_param(self, name: str, value: Any) -> None:
        members = self._named_members()
        if name in members:
            self.transformer_mapping = [
                (key, value if _name_of(key) == name else member) for key, member in self.transformer_mapping
            ]
            return
        # The longest name first: one may be the start of another.
        for member_name in sorted(members, key=len, reverse=True):
            if name.startswith(f"{member_name}__"):
                members[member_name].set_params(**{name.removeprefix(f"{member_name}__"): value})
                return
        raise ValueError(f"`{name}` is not a valid parameter name for {type(self).__name__}.")

    def _check_mapping(self) -> None:
        check_members(self, "transformer_mapping", self.transformer_mapping)
        columns = [column for key, _ in self.transformer_mapping for column in _columns_of(key)]
        duplicates = sorted({str(column) for column in columns if columns.count(column) > 1})
        if duplicates:
            raise ValueError(
                f"{type(self).__name__}: the transformer_mapping names the columns {duplicates} more than once. Each "
                "column name must only be mentioned once."
            )
        if not columns and not self.keep_all_cols:
            raise ValueError(
                f"{type(self).__name__}: the transformer_mapping is empty and keep_all_cols is False, so that nothing "
                "would be returned. Name at least one column."
            )

    def _check_data(self, data: SingleSensorData) -> None:
        check_has_one_column_level(data)
        present = set(data.columns)
        missing = [c for key, _ in self.transformer_mapping for c in _columns_of(key) if c not in present]
        if missing:
            raise ValueError(
                f"{type(self).__name__}: the transformer_mapping names columns that do not exist in the data: "
                f"{missing}. Found {list(data.columns)}."
            )

    def _check_columns(self, columns: list, transformer: BaseTransformer, part: Any) -> None:
        found = list(part.columns) if isinstance(part, pd.DataFrame) else [type(part).__name__]
        if set(found) != set(columns) or len(found) != len(columns):
            raise KeyError(
                f"{type(self).__name__}: {type(transformer).__name__} returns {found} for the columns {columns}. "
                "Expected a transformer that keeps the names of its columns."
            )

    def _check_rows(self, parts: list[pd.DataFrame]) -> None:
        if any(not part.index.equals(parts[0].index) for part in parts):
            raise ValueError(
                f"{type(self).__name__}: the rows of the columns do not fit together. Found results of "
                f"{[len(part) for part in parts]} rows, untouched columns last. Expected the same index for all. "
                "Change the number of rows (such as by Resample) before or after this step, for all columns at once."
            )


def _columns_of(key: Any) -> list:
    return list(key) if isinstance(key, tuple) else [key]


def _name_of(key: Any) -> str:
    return "transformer_mapping__" + "_".join(str(column) for column in _columns_of(key))
