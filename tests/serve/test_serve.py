"""Pages of a finished run on localhost: this folder, this machine, nothing else."""

import http.client
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

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


def test_a_server_on_localhost_is_not_reached_by_another_address(served):
    addresses = {a[4][0] for a in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for address in addresses:
        with socket.socket() as other:
            other.settimeout(2)
            assert other.connect_ex((address, served)) != 0 or address.startswith("127.")


@pytest.mark.parametrize("port", ["70000", "-1", "x"])
def test_a_port_that_is_none_is_refused(pages, port):
    command = [*TRUCEWATCH, "serve", str(pages), "--port", port]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_run_without_a_report_is_refused(tmp_path):
    Path(tmp_path / "log").mkdir()
    ended = subprocess.run([*TRUCEWATCH, "serve", str(tmp_path)], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith("trucewatch: found no report in")
