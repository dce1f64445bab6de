import pytest


@pytest.fixture(autouse=True, scope="session")
def _needs_the_app():
    for package in ("pyarrow", "plotly", "jinja2"):
        pytest.importorskip(package, reason="the extra 'app' is not installed")


@pytest.fixture
def here(monkeypatch):
    """Analyse in this process, and leave the drawing library out of the reports: it is 5 MB each."""
    from tests.cohort._study import analyze_here

    analyze_here(monkeypatch)


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """Folder with three recordings and the manifest study.csv; not to be changed."""
    from tests.cohort._study import write_study

    return write_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def config(tmp_path_factory):
    """Parameters for the command line."""
    from tests.cohort._study import pipeline

    path = tmp_path_factory.mktemp("config") / "parameters.json"
    path.write_text(pipeline(short=False).to_json())
    return path
