"""``gaitmap config``: the parameters of the analysis as JSON."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gaitmap.cli._console import emit

if TYPE_CHECKING:
    from gaitmap.pipelines import GaitPipeline

#: Larger files are no parameters; those with a trained model have a few MB.
_MOST_BYTES = 50_000_000
_EXPECTED = "Expected the JSON that `gaitmap config` prints, or the provenance.json of an earlier analysis."


class Chain(StrEnum):
    """Chains of steps with a name."""

    three = "3"
    two = "2.6"


def config(
    chain: Annotated[
        Chain, typer.Option(help="Of which chain: that of gaitmap [bold]3[/] or [bold]2.6[/].")
    ] = Chain.three,
) -> None:
    """Print the default parameters as JSON.

    Save them, change what you need, and hand the file to [bold]gaitmap analyze --config[/]:

    gaitmap config > parameters.json
    """
    from gaitmap.pipelines import GaitPipeline

    emit((GaitPipeline.like_2_6() if chain == Chain.two else GaitPipeline()).to_json())


def build_pipeline(
    config: Path | None,
    *,
    align: str | None,
    template: str | None,
    gait_detection: bool,
    cache: Path | None,
    chain: str | None = None,
) -> tuple["GaitPipeline", list[str]]:
    """Create the pipeline that the options of a command ask for, and what the user should know about it."""
    from gaitmap.cohort import choose_template, prepare_pipeline
    from gaitmap.pipelines import GaitPipeline

    if chain is not None and config is not None:
        raise ValueError("--chain and --config both say what the steps are. Leave one of them out.")
    remark = None
    if template is None and chain == Chain.two:
        template, remark = choose_template()
    pipeline = GaitPipeline.like_2_6() if chain == Chain.two else load_pipeline(config)
    pipeline = prepare_pipeline(pipeline, align=align, template=template, cache=cache)
    if gait_detection and pipeline.gait_detection is None:
        from gaitmap.gait_detection import UllrichGaitSequenceDetection

        pipeline.set_params(gait_detection=UllrichGaitSequenceDetection())
    return pipeline, [remark] if remark else []


def load_pipeline(path: Path | None) -> "GaitPipeline":
    """Create the pipeline from a file written by ``gaitmap config``, or from the ``provenance.json`` of an analysis.

    The file is data, wherever it comes from: it can name algorithm classes, and nothing else.
    """
    import json

    from gaitmap.base import BaseAlgorithm
    from gaitmap.pipelines import GaitPipeline
    from gaitmap.utils.exceptions import ValidationError

    if path is None:
        return GaitPipeline()
    content = _read_json(path)
    if isinstance(content, dict) and "_gaitmap_obj" not in content:
        content = content.get("parameters", content)
    no_pipeline = f"--config: '{path}' does not hold the parameters of a GaitPipeline. {_EXPECTED}"
    if not isinstance(content, dict) or content.get("_gaitmap_obj") != "GaitPipeline":
        raise ValidationError(no_pipeline)
    _check_params(content)
    try:
        pipeline = BaseAlgorithm.from_json(json.dumps(content))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        what = error if isinstance(error, ValueError) else f"It holds something of a wrong form ({error})."
        raise ValidationError(f"--config: '{path}' cannot be used. {what} {_EXPECTED}") from error
    if not isinstance(pipeline, GaitPipeline):
        raise ValidationError(no_pipeline)
    _check_names(content, pipeline)
    return pipeline


def _read_json(path: Path) -> Any:
    import json

    from gaitmap.base._json import parse_json
    from gaitmap.utils.exceptions import ValidationError

    wrong = f"--config: '{path}'"
    if not path.exists():
        raise ValidationError(f"--config: there is no file '{path}'. {_EXPECTED}")
    if not path.is_file():
        raise ValidationError(f"{wrong} is no file. {_EXPECTED}")
    if path.stat().st_size > _MOST_BYTES:
        raise ValidationError(f"{wrong} is far larger than parameters are. {_EXPECTED}")
    try:
        return parse_json(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValidationError(f"{wrong} is no valid JSON ({error}). {_EXPECTED}") from error
    except ValueError as error:
        raise ValidationError(f"{wrong} cannot be used. {error}") from error


def _check_params(content: Any) -> None:
    """Refuse objects whose parameters are no table of names and values, and caches, which belong to a machine."""
    from gaitmap.utils.exceptions import ValidationError

    if isinstance(content, list):
        for entry in content:
            _check_params(entry)
    elif isinstance(content, dict):
        if "_gaitmap_obj" in content:
            params = content.get("params")
            if not isinstance(params, dict):
                raise ValidationError(
                    f"--config: '{content['_gaitmap_obj']}' has no parameters. Found {type(params).__name__} under "
                    "'params'. Expected a table of names and values."
                )
            if params.get("memory") is not None:
                raise ValidationError(
                    "--config: it names a cache ('memory'). A cache belongs to a machine and not to an analysis: set "
                    "'memory' to null, and name the folder with --cache."
                )
        for entry in content.values():
            _check_params(entry)


def _check_names(content: Any, value: Any) -> None:
    """Refuse names that are no parameters, which would leave their defaults in place, and values of other types."""
    from difflib import get_close_matches

    from gaitmap.utils.exceptions import ValidationError

    if isinstance(content, list) and isinstance(value, list | tuple):
        for entry, part in zip(content, value, strict=True):
            _check_names(entry, part)
    elif isinstance(content, dict) and "tuple" in content:
        _check_names(content["tuple"], value)
    elif isinstance(content, dict) and "_gaitmap_obj" in content:
        names = list(value.get_params(deep=False))
        for name, part in content["params"].items():
            if name not in names:
                similar = get_close_matches(name, names, n=1)
                raise ValidationError(
                    f"--config: {type(value).__name__} has no parameter '{name}'. "
                    + (f"Did you mean '{similar[0]}'?" if similar else f"Expected one of {', '.join(names)}.")
                )
            _check_type(type(value), name, getattr(value, name))
            _check_names(part, getattr(value, name))


def _check_type(algorithm: type, name: str, value: Any) -> None:
    """Refuse a value that can be none for a parameter, going by its default."""
    import inspect
    import numbers

    from tpcp import CloneFactory

    from gaitmap.base import BaseAlgorithm
    from gaitmap.utils.exceptions import ValidationError

    default = inspect.signature(algorithm).parameters[name].default
    default = default.get_value() if isinstance(default, CloneFactory) else default
    kinds: dict[type, tuple[type | tuple[type, ...], str]] = {
        bool: (bool, "true or false"),
        str: ((str, list, tuple), "a text"),
        BaseAlgorithm: (BaseAlgorithm, "an algorithm"),
    }
    expected = next((entry for kind, entry in kinds.items() if isinstance(default, kind)), None)
    wrong = expected is not None and value is not None and not isinstance(value, expected[0])
    if isinstance(default, numbers.Number) and not isinstance(default, bool):
        wrong, expected = isinstance(value, str | bool | BaseAlgorithm), (object, "a number")
    if wrong and expected is not None:
        raise ValidationError(
            f"--config: {algorithm.__name__} has a parameter '{name}' of another type. Found {str(value)[:80]!r}. "
            f"Expected {expected[1]}."
        )
