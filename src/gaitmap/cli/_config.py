"""``gaitmap config``: the parameters of the analysis as JSON."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gaitmap.pipelines import GaitPipeline


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

    typer.echo((GaitPipeline.like_2_6() if chain == Chain.two else GaitPipeline()).to_json())


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
    """Create the pipeline from a file written by ``gaitmap config``, or from the ``provenance.json`` of an analysis."""
    import json

    from gaitmap.base import BaseAlgorithm
    from gaitmap.pipelines import GaitPipeline
    from gaitmap.utils.exceptions import ValidationError

    if path is None:
        return GaitPipeline()
    expected = "Expected the JSON that `gaitmap config` prints, or the provenance.json of an earlier analysis."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValidationError(f"--config: there is no file '{path}'. {expected}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValidationError(f"--config: '{path}' is no valid JSON ({error}). {expected}") from error
    if isinstance(content, dict) and "_gaitmap_obj" not in content:
        content = content.get("parameters", content)
    if not isinstance(content, dict) or content.get("_gaitmap_obj") != "GaitPipeline":
        raise ValidationError(f"--config: '{path}' does not hold the parameters of a GaitPipeline. {expected}")
    pipeline = BaseAlgorithm.from_json(json.dumps(content))
    assert isinstance(pipeline, GaitPipeline)
    _check_names(content, pipeline)
    return pipeline


def _check_names(content: Any, value: Any) -> None:
    """Refuse names that are no parameters: a misspelt one would leave its default in place without a word."""
    from difflib import get_close_matches

    from gaitmap.utils.exceptions import ValidationError

    if isinstance(content, list):
        for entry, part in zip(content, value, strict=True):
            _check_names(entry, part)
    elif isinstance(content, dict) and "tuple" in content:
        _check_names(content["tuple"], value)
    elif isinstance(content, dict) and "_gaitmap_obj" in content:
        names = list(value.get_params(deep=False))
        for name, part in content.get("params", {}).items():
            if name not in names:
                similar = get_close_matches(name, names, n=1)
                raise ValidationError(
                    f"--config: {type(value).__name__} has no parameter '{name}'. "
                    + (f"Did you mean '{similar[0]}'?" if similar else f"Expected one of {', '.join(names)}.")
                )
            _check_names(part, getattr(value, name))
