"""`hub replay` against a hub that runs: a signal ends it at once, and what cannot be read is said without a hub."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import a_mark
from tests.running import RunningHub, wait_for, without_settings

_COMMAND = [sys.executable, "-m", "hub.cli", "replay"]


@pytest.mark.one_broker
@pytest.mark.flow
@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_replay_through_the_hub_that_runs(
    running_hub: RunningHub, tmp_path: Path, name: signal.Signals
) -> None:
    mark = a_mark()
    export = tmp_path / "export.csv"
    rows = [f"{mark}-{n},咨询医保报销,咨询医保报销怎么办理" for n in range(5_000)]
    export.write_text("\n".join(["order_id,title,content", *rows]), "utf-8")
    process = subprocess.Popen(
        [*_COMMAND, str(export), "--source", "hotline-12345", "--rate", "2"],
        env=running_hub.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(lambda: running_hub.get(f"/v1/reports/hotline:{mark}-0").status_code == 200, within_seconds=120)
        process.send_signal(name)
        # Without an end it would send for forty minutes.
        said, complained = process.communicate(timeout=120)
    finally:
        process.kill()
    assert (process.returncode, said) == (1, ""), complained
    assert "stopped before the end; what was sent until then stays in the hub" in complained
    assert "Traceback" not in complained


@pytest.mark.parametrize(
    ("file", "body", "said"),
    [
        ("list.xlsx", b"PK", "neither csv, csv.gz, json, ndjson, geojson, xml nor cap"),
        ("gbk.csv", "工单编号,标题\n1,水管爆裂".encode("gb18030"), "not UTF-8"),
        ("broken.csv.gz", b"\x1f\x8b\x08\x00", "cannot be read as csv"),
    ],
)
def test_what_cannot_be_read_is_said_before_a_hub_is_started(tmp_path: Path, file: str, body: bytes, said: str) -> None:
    export = tmp_path / file
    export.write_bytes(body)
    environ = {**without_settings(), "HUB_DATA_DIR": str(tmp_path / "hub")}
    answer = subprocess.run(
        [*_COMMAND, str(export)], env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert answer.returncode == 2, answer.stderr
    assert said in answer.stderr.replace("\n", " ")
    assert not (tmp_path / "hub").exists()
