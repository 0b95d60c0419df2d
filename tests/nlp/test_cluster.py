"""A real Dask cluster on loopback: one of its two workers is killed during the run, and nothing is lost or doubled."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import pytest
from distributed import Client, LocalCluster

from nlp import bulk
from nlp.errors import UserError
from nlp.files.records import Row, Source

MODELS = Path(__file__).resolve().parents[2] / "models"
COMMENTS = ("پیتزا سرد رسید", "عالی بود، ممنون", "چهار روزه سفارشم نرسیده", "شعبهٔ ونک کجاست؟")

pytestmark = pytest.mark.filterwarnings(
    "default"
)  # a killed worker leaves sockets behind, in Dask's own code


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as running:
        yield running


@dataclass(frozen=True, kw_only=True)
class LosingWorker(bulk.Power):
    """A cluster that loses a worker while batches are in its hands."""

    victim: int

    def run(self, work: bulk.Work, rows: Iterator[Row]) -> Iterator[bulk.Lines]:
        for number, lines in enumerate(super().run(work, rows)):
            if number == 1:
                os.kill(self.victim, signal.SIGKILL)
            yield lines


def test_a_worker_killed_during_the_run_costs_nothing_but_time(cluster: LocalCluster, tmp_path: Path) -> None:
    source = tmp_path / "in.txt"
    source.write_text("\n".join(f"{COMMENTS[n % 4]} {n}" for n in range(160)), encoding="utf-8")
    wanted = Source(path=str(source))
    with Client(cluster) as client:
        pids = list(client.run(os.getpid).values())
        power = LosingWorker(scheduler=cluster.scheduler_address, batch=8, victim=pids[0])
        assert bulk.tag_file(wanted, str(tmp_path / "cluster"), "jsonl", MODELS, power=power) == 0
        assert pids[0] not in client.run(os.getpid).values()
    bulk.tag_file(wanted, str(tmp_path / "alone"), "jsonl", MODELS, power=bulk.Power(batch=8))
    assert (tmp_path / "cluster").read_bytes() == (tmp_path / "alone").read_bytes()


@pytest.mark.parametrize("lost", ["scheduler", "client"])
def test_a_cluster_that_goes_away_asks_to_run_again(cluster: LocalCluster, lost: str) -> None:
    rows = [Row(number=number, record={}) for number in range(40)]
    done = bulk.Power(scheduler=cluster.scheduler_address, batch=1).run(slow, rows)
    next(done)
    if lost == "scheduler":
        cluster.close()
    else:
        assert done.gi_frame is not None
        done.gi_frame.f_locals["client"].close()
    with pytest.raises(UserError, match="run the same command again"):
        list(done)


def slow(rows: list[Row]) -> bulk.Lines:
    time.sleep(0.05)
    return bulk.Lines(text="", rows=len(rows), failed=0)


def test_who_waits_for_a_worker_that_is_not_there_reads_so_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bulk, "_LOOK_S", 0.2)
    with LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as empty:
        Timer(1.5, empty.scale, [1]).start()
        done = bulk.Power(scheduler=empty.scheduler_address).run(slow, [Row(number=1, record={})])
        assert sum(lines.rows for lines in done) == 1
    assert capsys.readouterr().err.count("no worker of the Dask cluster is connected") == 1


def test_what_goes_wrong_in_the_work_is_not_the_cluster(cluster: LocalCluster) -> None:
    with pytest.raises(TimeoutError, match="of the work"):
        list(bulk.Power(scheduler=cluster.scheduler_address).run(wrong, [Row(number=1, record={})]))


def wrong(_: list[Row]) -> bulk.Lines:
    raise TimeoutError("of the work")


@pytest.mark.parametrize("address", ["nonsense://127.0.0.1:1", "localhost"])
def test_an_address_that_is_none_is_told_before_a_client_is_made(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("distributed.Client", None)
    with pytest.raises(UserError, match=f"no Dask scheduler answers at {address}"):
        list(bulk.Power(scheduler=address).run(None, [Row(number=1, record={})]))
