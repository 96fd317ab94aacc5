"""`hub up` as a person meets it: it starts quickly again, keeps everything, and leaves nothing behind."""

import shutil
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest

from hub.edges.embedded.broker import free_port
from hub.settings import shipped
from tests.builders import a_mark
from tests.running import RunningHub, wait_for, without_settings

pytestmark = pytest.mark.chaos

StartHub = Callable[..., RunningHub]


def _up(environ: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "hub.cli", "up"], env=dict(environ), capture_output=True, text=True, timeout=120
    )


def _tell_of(hub: RunningHub, title: str) -> None:
    answer = hub.post("hotline", {"order_id": uuid.uuid4().hex, "title": title, "district": "140802"})
    assert answer.status_code == 202
    wait_for(lambda: title in hub.get("/v1/incidents").text, within_seconds=60, saying=hub.logs)


def test_ctrl_c_leaves_no_child_and_a_second_start_keeps_every_incident(start_hub: StartHub) -> None:
    hub = start_hub()
    title = f"井盖丢失 {a_mark()}"
    _tell_of(hub, title)
    assert hub.stop(signal.SIGINT) == 0  # `stop` fails when a child is left
    hub.start()
    assert title in hub.get("/v1/incidents").text


@pytest.mark.one_broker
def test_kill_minus_nine_of_the_supervisor_leaves_no_child(start_hub: StartHub) -> None:
    hub = start_hub()
    children = hub.children()
    assert len(children) >= 5
    hub.kill_supervisor()
    _, left = psutil.wait_procs(children, timeout=60)
    assert not left, [child.cmdline() for child in left]


@pytest.mark.one_broker
def test_a_second_hub_in_the_same_folder_is_refused(start_hub: StartHub) -> None:
    hub = start_hub()
    environ = {**hub.environ, "HUB_WEB_PORT": str(free_port()), "HUB_LIVE_PORT": str(free_port())}
    said = _up(environ)
    assert said.returncode == 2
    assert "runs here already" in said.stderr
    assert hub.get("/healthz").status_code == 200


def test_a_port_that_is_taken_is_named_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        environ = {**without_settings(), "HUB_DATA_DIR": str(tmp_path / "hub"), "HUB_WEB_PORT": port}
        said = _up(environ)
    assert said.returncode == 2
    assert "HUB_WEB_PORT" in said.stderr
    assert not (tmp_path / "hub" / "postgres").exists()


def test_a_rulebook_with_errors_is_said_line_by_line_before_anything_starts(tmp_path: Path) -> None:
    shutil.copytree(shipped("rules") / "yuncheng", tmp_path / "rules" / "yuncheng")
    fusion = tmp_path / "rules" / "yuncheng" / "fusion.yaml"
    fusion.write_text(fusion.read_text("utf-8").replace("radius_m:", "radius_mm:", 1), "utf-8")
    environ = {
        **without_settings(),
        "HUB_DATA_DIR": str(tmp_path / "hub"),
        "HUB_RULES_DIR": str(tmp_path / "rules"),
    }
    answer = _up(environ)
    assert answer.returncode == 2
    assert "did you mean `radius_m`?" in answer.stderr
    assert "fusion.yaml:" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HUB_WEB_PORT", "many", "HUB_WEB_PORT"),
        ("HUB_WEBPORT", "1", "no such setting"),
        ("HUB_WEB_HOST", "0.0.0.0", "HUB_API_KEYS_FILE"),
        ("HUB_API_KEYS_FILE", "/nowhere/keys", "HUB_API_KEYS_FILE"),
        ("HUB_CITY", "atlantis", "HUB_CITY"),
        ("HUB_WEB_PORT", "99999", "HUB_WEB_PORT"),
        ("HUB_LIVE_PORT", "HUB_WEB_PORT", "another port"),
        ("HUB_KAFKA_URL", "foo", "HUB_KAFKA_URL"),
        ("HUB_DATA_DIR", "/proc/hub", "/proc/hub"),
    ],
)
def test_a_wrong_setting_is_one_line(tmp_path: Path, name: str, value: str, said: str) -> None:
    # Ports of its own: another program may have the usual ones.
    ports = {"HUB_WEB_PORT": str(free_port()), "HUB_LIVE_PORT": str(free_port())}
    environ = {**without_settings(), "HUB_DATA_DIR": str(tmp_path), **ports, name: ports.get(value, value)}
    answer = _up(environ)
    assert answer.returncode == 2
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
