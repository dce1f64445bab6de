"""The same work on a Dask cluster: same results, also when a worker is killed on the way."""

import gc
import logging
import os
import signal
import sys

import pytest

from gaitmap.cohort import analyze_cohort
from gaitmap.cohort._workers import WorkerDiedError, _check_versions, dask_workers, run_jobs
from tests.cohort._study import assert_same_results, pipeline, run_command, write_study

distributed = pytest.importorskip("distributed", reason="the extra 'dask' is not installed")


def test_an_address_where_nobody_answers_is_a_message(tmp_path, study, monkeypatch):
    monkeypatch.setattr("gaitmap.cohort._workers._CONNECT_S", 0.5)
    with pytest.raises(ValueError, match=r"no scheduler answers at 'tcp://127\.0\.0\.1:1'"):
        analyze_cohort(study, tmp_path / "out", pipeline(), dask="tcp://127.0.0.1:1")


@pytest.mark.parametrize("address", ["nonsense", "foo://here:1"])
def test_what_is_no_address_is_a_message_and_nothing_else(tmp_path, study, address, capfd):
    with pytest.raises(ValueError, match="no scheduler answers"):
        analyze_cohort(study, tmp_path / "out", pipeline(), dask=address)
    gc.collect()
    assert "Traceback" not in capfd.readouterr().err


def test_a_cluster_without_workers_is_told_of():
    class Client:
        def run(self, _):
            return {}

    with pytest.warns(UserWarning, match="no workers yet"):
        _check_versions(Client())


def _die_of_two(number):
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * 10


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
class TestCluster:
    @pytest.fixture
    def cluster(self):
        cluster = distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )
        with cluster, distributed.Client(cluster, set_as_default=False) as client:
            client.wait_for_workers(2)
            yield cluster, client

    def test_all_recordings_are_done_although_a_worker_is_killed(self, tmp_path, config, cluster):
        cluster, client = cluster
        manifest = write_study(tmp_path / "study", n_recordings=5)
        (tmp_path / "study" / "walk3.parquet").write_text("PAR1 broken")
        local = run_command("cohort", manifest, "--out", tmp_path / "local", "--config", config)
        assert local.returncode == 3, local.stderr
        pids = client.run(os.getpid)
        killed = []

        def kill_one(state):
            if not killed and state.n_finished == 1:
                # One that is at work.
                busy = next((worker for worker, keys in client.processing().items() if keys), next(iter(pids)))
                killed.append(pids[busy])
                os.kill(pids[busy], signal.SIGKILL)

        result = analyze_cohort(
            manifest,
            tmp_path / "dask",
            pipeline(short=False),
            dask=cluster.scheduler_address,
            on_progress=kill_one,
        )
        assert len(killed) == 1
        assert killed[0] not in client.run(os.getpid).values()
        assert (result.n_finished, result.n_failed) == (4, 1)
        assert_same_results(tmp_path / "local", tmp_path / "dask")
        again = run_command(
            "cohort", manifest, "--out", tmp_path / "dask", "--config", config, "--dask", cluster.scheduler_address
        )
        assert again.returncode == 3
        assert "4 of them before" in again.stdout

    def test_only_the_job_that_kills_its_workers_is_given_up(self, cluster):
        cluster, client = cluster
        client.run_on_scheduler(_allow_no_failures)
        results = dict(run_jobs(_die_of_two, list(range(6)), dask_workers(cluster.scheduler_address)))
        assert isinstance(results.pop(2), WorkerDiedError)
        assert results == {number: number * 10 for number in (0, 1, 3, 4, 5)}


def _allow_no_failures(dask_scheduler):
    """Give a task up after the first worker that it kills, which is quicker."""
    dask_scheduler.allowed_failures = 0
