"""The floors of the house: a folder imports only from those below it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gaitmap

ROOT = Path(gaitmap.__path__[0])

#: Folder or module -> floor. Rooms on one floor are ordered by letters.
FLOORS = {
    "_kernels": (0, ""),
    "_files": (1, "a"),
    "caching": (1, "b"),
    "utils": (2, ""),
    "base": (2, ""),
    "_event_detection_common": (2, ""),
    "recordings": (3, "a"),
    "simulation": (3, "a"),
    "example_data": (3, "a"),
    "results": (3, "b"),
    "data_transform": (4, "a"),
    "zupt_detection": (4, "a"),
    "parameters": (4, "a"),
    "evaluation_utils": (4, "a"),
    "gait_detection": (4, "b"),
    "stride_segmentation": (4, "b"),
    "event_detection": (4, "b"),
    "trajectory_reconstruction": (4, "b"),
    "preprocessing": (4, "c"),
    "quality": (5, "a"),
    "pipelines": (5, "b"),
    "report": (6, ""),
    "plot": (6, ""),
    "cohort": (7, ""),
    "cli": (8, ""),
    "__main__": (9, ""),
}
#: Algorithms do not read or write files.
FORBIDDEN = {(4, 3)}


def _room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def _imports(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [node.module or ""]
        else:
            continue
        for name in names:
            if name.startswith("gaitmap."):
                yield name.split(".")[1]
            elif name.split(".")[0] == "gaitmap_mad":
                pytest.fail(f"{path} imports gaitmap_mad, whose code is AGPL")


FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def test_every_room_has_a_floor():
    assert {_room(path) for path in FILES} <= set(FLOORS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_from_below(path):
    own = _room(path)
    for other in _imports(path):
        if other == own:
            continue
        here, there = FLOORS[own], FLOORS[other]
        same_foundation = here[0] == there[0] == 2
        assert same_foundation or there < here, f"{own} (floor {here}) imports {other} (floor {there})"
        assert (here[0], there[0]) not in FORBIDDEN, f"{own} imports {other}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_hold_one_idea(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 600


#: Pairs of modules that import each other, inside of functions as well; none may come to them.
CIRCLES = {
    ("caching._code", "caching._hashing"),
    ("gait_detection._stream", "gait_detection._ullrich_gait_sequence_detection"),
    ("stride_segmentation._base_dtw", "stride_segmentation._stream"),
    ("stride_segmentation.hmm._hidden_markov_model", "stride_segmentation.hmm._upstream_json"),
    ("stride_segmentation.hmm._roth_hmm", "stride_segmentation.hmm._roth_training"),
}


def _modules() -> dict[str, Path]:
    names = {path: ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in FILES}
    return {name: path for path, name in names.items()}


def _imported_modules(path: Path, modules: dict[str, Path]) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gaitmap."):
            inside = node.module.removeprefix("gaitmap.")
            parts = {f"{inside}.{alias.name}" for alias in node.names} & set(modules)
            found |= parts or {inside}
        elif isinstance(node, ast.Import):
            found |= {alias.name.removeprefix("gaitmap.") for alias in node.names}
    return found & set(modules)


def test_modules_do_not_import_each_other_in_circles():
    modules = _modules()
    graph = {name: _imported_modules(path, modules) - {name} for name, path in modules.items()}
    for first, second in CIRCLES:  # a circle that is gone leaves the list
        assert second in graph[first], (first, second)
        assert first in graph[second], (first, second)
        graph[first] = graph[first] - {second}
    while done := [name for name, others in graph.items() if not others]:
        graph = {name: others - set(done) for name, others in graph.items() if others}
    assert not graph, {name: sorted(others) for name, others in graph.items()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_names_modules_in_strings_only_from_below(path):
    own, modules = _room(path), _modules()
    if path.relative_to(ROOT).as_posix() in ("base/_json.py", "base/_registry.py"):
        pytest.skip("finds the classes of rooms above by their names, to read parameters from text")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if text.startswith("gaitmap.") and text.removeprefix("gaitmap.") in modules:
            other = text.split(".")[1]
            assert other == own or FLOORS[other] < FLOORS[own], f"{own} names {text}"


def test_kernels_know_nothing_but_numpy_and_numba():
    for path in (ROOT / "_kernels").glob("*.py"):
        if path.name == "_jit.py":  # the decorator looks after the folder of the machine code
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom | ast.Import):
                module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
                assert module.split(".")[0] in {"numpy", "numba", "math", "gaitmap", "collections", "typing"}, path


def _modules_after(code: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in run.stdout.splitlines()[-1].split()}


def test_import_gaitmap_loads_nothing_heavy():
    assert not _modules_after("import gaitmap") & {"numpy", "pandas", "numba", "tpcp", "scipy", "typer"}


def test_help_of_the_command_line_loads_nothing_heavy():
    pytest.importorskip("typer")
    code = (
        "import sys\n"
        "sys.argv = ['gaitmap', '--help']\n"
        "from gaitmap.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass"
    )
    assert not _modules_after(code) & {"numpy", "pandas", "numba", "tpcp", "scipy", "plotly", "pyarrow"}


def test_import_of_an_algorithm_leaves_plotting_and_the_command_line_alone():
    assert not _modules_after("import gaitmap.stride_segmentation") & {"plotly", "matplotlib", "typer", "jinja2"}
