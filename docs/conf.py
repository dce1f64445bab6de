"""Settings of the documentation."""

import importlib
import inspect
import os
import warnings
from pathlib import Path

import gaitmap

project = "gaitmap"
author = "The gaitmap developers"
project_copyright = "2026, The gaitmap developers"
release = gaitmap.__version__
version = ".".join(release.split(".")[:2])

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx_gallery.gen_gallery",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = [
    "_build",
    "_templates",
    "auto_examples/**/*.ipynb",
    "auto_examples/**/*.md5",
    "auto_examples/**/*.py",
]
templates_path = ["_templates"]
nitpicky = False

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
# The example of a class may need a recording: it is shown, the tests run it.
numpydoc_xref_param_type = False

# Links into other projects need the network; without it the text is the same, only the links are missing.
intersphinx_mapping = (
    {
        "numpy": ("https://numpy.org/doc/stable", None),
        "pandas": ("https://pandas.pydata.org/docs", None),
        "scipy": ("https://docs.scipy.org/doc/scipy", None),
    }
    if os.environ.get("GAITMAP_DOCS_ONLINE")
    else {}
)

html_theme = "furo"
html_title = f"gaitmap {release}"
html_show_sourcelink = False

sphinx_gallery_conf = {
    "examples_dirs": ["../examples"],
    "gallery_dirs": ["auto_examples"],
    "filename_pattern": r"\.py$",
    "ignore_pattern": r"__init__\.py",
    "remove_config_comments": True,
    "show_memory": False,
    "download_all_examples": False,
    "matplotlib_animations": False,
    "image_scrapers": ("matplotlib",),
    "abort_on_example_error": True,
}

# Sphinx-gallery stores a function of its own in the configuration, which cannot be pickled; the headings of the part of
# the changelog that the page "Changes to numbers" includes keep their levels.
suppress_warnings = ["config.cache", "myst.header"]
warnings.filterwarnings("ignore", message=".*FigureCanvasAgg is non-interactive.*")


def _public_modules() -> list[str]:
    """Modules of the public API in the order of the analysis."""
    return [
        "gaitmap.pipelines",
        "gaitmap.recordings",
        "gaitmap.results",
        "gaitmap.quality",
        "gaitmap.simulation",
        "gaitmap.report",
        "gaitmap.cohort",
        "gaitmap.preprocessing",
        "gaitmap.preprocessing.sensor_alignment",
        "gaitmap.gait_detection",
        "gaitmap.stride_segmentation",
        "gaitmap.stride_segmentation.hmm",
        "gaitmap.event_detection",
        "gaitmap.zupt_detection",
        "gaitmap.trajectory_reconstruction",
        "gaitmap.parameters",
        "gaitmap.evaluation_utils",
        "gaitmap.evaluation_utils.scorers",
        "gaitmap.data_transform",
        "gaitmap.example_data",
        "gaitmap.base",
        "gaitmap.utils.array_handling",
        "gaitmap.utils.caching",
        "gaitmap.utils.coordinate_conversion",
        "gaitmap.utils.datatype_helper",
        "gaitmap.utils.exceptions",
        "gaitmap.utils.fast_quaternion_math",
        "gaitmap.utils.rotations",
        "gaitmap.utils.signal_processing",
        "gaitmap.utils.static_moment_detection",
        "gaitmap.utils.stride_list_conversion",
        "gaitmap.utils.vector_math",
    ]


def _write_api_page() -> None:
    """List every public class and function; written anew at each build, so that no name is forgotten."""
    lines = ["# API", ""]
    for name in _public_modules():
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        members = [
            member
            for member in getattr(module, "__all__", [m for m in vars(module) if not m.startswith("_")])
            if (inspect.isclass(getattr(module, member)) or inspect.isfunction(getattr(module, member)))
            and getattr(module, member).__module__.startswith("gaitmap")
            and ("__all__" in vars(module) or getattr(module, member).__module__ == name)
        ]
        if not members:
            continue
        summary = (inspect.getdoc(module) or "").split("\n\n")[0].replace("\n", " ")
        lines += [f"## `{name}`", "", summary, "", "```{eval-rst}", f".. currentmodule:: {name}", ""]
        lines += [".. autosummary::", "   :toctree: api/generated", "   :nosignatures:", ""]
        lines += [f"   {member}" for member in members]
        lines += ["```", ""]
    path = Path(__file__).parent / "api.md"
    text = "\n".join(lines)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


_write_api_page()
