"""Pages of a finished run on localhost: this folder, this machine, nothing else."""

import http.client
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from trucewatch.cli.app import app
from trucewatch.core.errors import CommandError
from trucewatch.serve import serve_folder

TRUCEWATCH = (sys.executable, "-m", "trucewatch")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """What a run leaves, as far as `serve` is concerned, and a file outside of it."""
    folder = tmp_path_factory.mktemp("serve")
    for name in ("log", "public", "internal"):
        (folder / name).mkdir()
    for name in ("public", "internal"):
        (folder / name / "report.html").write_text(f"<h1>{name} report</h1>")
    (folder / "secret.txt").write_text("secret")
    (folder / "public" / "link.txt").symlink_to(folder / "secret.txt")
    return folder


@pytest.fixture(scope="module")
def served(pages):
    """The port of a server on the public pages."""
    said, heard = [], threading.Event()

    def ready(address):
        said.append(address)
        heard.set()

    threading.Thread(target=serve_folder, args=(pages / "public", 0, ready), daemon=True).start()
    assert heard.wait(10)
    assert said[0].startswith("http://127.0.0.1:")
    return int(said[0].rsplit(":", 1)[1].strip("/"))


def ask(port, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


def test_the_report_is_served(served):
    status, _, body = ask(served, "/report.html")
    assert (status, body) == (200, b"<h1>public report</h1>")


def test_every_answer_forbids_scripts_frames_and_keeping(served):
    for path in ("/report.html", "/nothing"):
        _, headers, _ = ask(served, path)
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", [
    "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//secret.txt", "/../internal/report.html", "/link.txt",
    "/%00", "/report.html%00.txt", "/nothing",
])  # fmt: skip
def test_nothing_outside_the_folder_is_served(served, path):
    status, _, body = ask(served, path)
    assert status == 404
    assert b"secret" not in body.replace(path.encode(), b"")


@pytest.mark.parametrize("name", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_another_sites_name_for_this_machine_is_not_answered(served, name):
    status, _, body = ask(served, "/report.html", Host=name)
    assert status == 421
    assert b"report</h1>" not in body


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1:9999"])
def test_this_machines_own_names_are_answered(served, name):
    assert ask(served, "/report.html", Host=name)[0] == 200


def test_a_port_that_is_taken_is_one_sentence(pages):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"found port {port} taken .* choose another with --port"):
            serve_folder(pages / "public", port, lambda _: None)


def test_the_command_serves_says_where_and_ends_on_ctrl_c(pages):
    command = [*TRUCEWATCH, "serve", str(pages), "--port", "0", "--internal"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        assert line.startswith("serving http://127.0.0.1:")
        port = int(line.split("127.0.0.1:")[1].split("/")[0])
        assert ask(port, "/report.html")[2] == b"<h1>internal report</h1>"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert err == ""


def test_the_server_listens_on_localhost_only(served):
    table = Path("/proc/net/tcp")
    if not table.is_file():
        pytest.skip("this system does not list its sockets in /proc/net/tcp")
    local = [line.split()[1] for line in table.read_text().splitlines()[1:]]
    listening = {address.split(":")[0] for address in local if int(address.split(":")[1], 16) == served}
    assert listening == {"0100007F"}  # 127.0.0.1, lowest byte first


def test_the_root_leads_to_the_report(served):
    assert ask(served, "/")[0] == 200


@pytest.mark.parametrize("port", ["70000", "-1", "x"])
def test_a_port_that_is_none_is_refused(pages, port):
    ended = CliRunner().invoke(app, ["serve", str(pages), "--port", port])
    assert ended.exit_code == 2
    assert "--port" in ended.output


def test_a_run_without_a_report_is_refused(tmp_path):
    (tmp_path / "log").mkdir()
    ended = CliRunner().invoke(app, ["serve", str(tmp_path)])
    assert isinstance(ended.exception, CommandError)
    assert str(ended.exception).startswith("found no report in")
