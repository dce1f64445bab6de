"""What decides the results of a run: by this work is skipped, gone on with, refused, and told in provenance."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Self

from gaitmap.base import without_caches
from gaitmap.caching import versions_of_numbers
from gaitmap.results._plain import to_plain


@dataclasses.dataclass(frozen=True)
class RunIdentity:
    """Everything that decides the results of a run. Equal identities give equal results.

    Attributes
    ----------
    content
        Hash of the content of the recording, of all its files.
    options
        What the reader was told (feet, units, rate, start time ...), in plain JSON types.
    parameters
        Hash of the parameters of the pipeline, without its caches.
    versions
        ``{package: version}`` of what shapes numbers.
    """

    content: str
    options: Mapping[str, Any]
    parameters: str
    versions: Mapping[str, str]

    @classmethod
    def of_run(cls, content: str, options: Mapping[str, Any], pipeline: Any) -> Self:
        """Identify a run before it starts.

        Parameters
        ----------
        content
            Hash of the content of the recording.
        options
            What its reader was told.
        pipeline
            The pipeline, or its parameters as JSON text or as the object in it.
        """
        return cls(content, _plain(options), parameters_digest(pipeline), versions_of_numbers())

    @classmethod
    def of_provenance(cls, provenance: Mapping[str, Any]) -> Self | None:
        """Read the identity of the run that wrote results; None if it is not told."""
        try:
            return cls(**provenance["run"])
        except (KeyError, TypeError):
            return None

    def as_dict(self) -> dict[str, Any]:
        """Lay out in plain JSON types."""
        return dataclasses.asdict(self)

    def is_same_analysis(self, other: Self | None) -> bool:
        """Whether another run differs in versions at most: then its results may be replaced without asking."""
        return other is not None and dataclasses.replace(other, versions=self.versions) == self


def parameters_as_json(pipeline: Any) -> str:
    """Parameters without the cache folders, which belong to the machine and not to the analysis."""
    return without_caches(pipeline).to_json()


def parameters_digest(pipeline: Any) -> str:
    """Hash of the parameters of a pipeline, given as itself, as JSON text, or as the object in it.

    By their text: they may hold NaN, which does not equal itself.
    """
    is_plain = pipeline is None or isinstance(pipeline, str | Mapping)
    parameters = pipeline if is_plain else parameters_as_json(pipeline)
    if isinstance(parameters, str):
        parameters = json.loads(parameters)
    return hashlib.sha256(json.dumps(parameters, sort_keys=True, default=str).encode()).hexdigest()


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(to_plain(dict(options)), default=str))
