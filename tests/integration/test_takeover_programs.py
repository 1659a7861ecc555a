# SPDX-License-Identifier: Apache-2.0
"""Real programs in the middle of their work when the middlebox dies: none of them may notice."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from takeovers import NAMES

from bench._takeoverbed import Bed
from bench._takeovercases import CASES, DATA_PORTS, PORT
from tests.integration.deploylab import no_minion

pytestmark = [pytest.mark.root, pytest.mark.redis, pytest.mark.skipif(bool(no_minion()), reason=no_minion())]

MEGABYTE = 1 << 20
SIZE, RATE, BEFORE = 12 * MEGABYTE, 4 * MEGABYTE, 2 * MEGABYTE
"""Bytes of the file, bytes a second, and bytes that are there when the primary's links go down."""
DEADLINE_S = 60.0
TWO_SIDED = ("nat", "firewall", "firewall6")
"""Types in which a program may open a second connection: behind a load balancer that would go to another server."""


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if not shutil.which(program)]
    return pytest.mark.skipif(bool(missing), reason=f"no {' and no '.join(missing)}")


def wait_until(condition: Callable[[], object], what: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert process.poll() is None, f"a program ended before {what}"
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.01)


class Stage:
    """A middlebox with a minion, and programs on both sides of it."""

    def __init__(self, name: str, directory: Path, stack: ExitStack) -> None:
        self.directory, self._stack = directory, stack
        self.target = CASES[name].target
        self.ip6 = CASES[name].version == 6
        self.host = f"[{self.target}]" if self.ip6 else self.target
        """As a URL has it."""
        self.bed = stack.enter_context(Bed(CASES[name], with_mimi=True))

    def serve(self, *command: str, udp: bool = False) -> None:
        """A server on PORT."""
        process = self.start("srv", *command)
        flag = "-Hlun" if udp else "-Hltn"
        wait_until(lambda: f":{PORT} " in self.bed.inside("srv", "ss", flag), "the server listens", process)

    def start(self, role: str, *command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            self.bed.command(role, *command),
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if role == "cli" else subprocess.DEVNULL,
            stderr=subprocess.PIPE if role == "cli" else subprocess.DEVNULL,
        )
        self._stack.callback(process.communicate)
        self._stack.callback(process.kill)
        return process

    def make_file(self) -> str:
        """A file to fetch, and its digest."""
        data = random.Random(7).randbytes(SIZE)
        (self.directory / "served").write_bytes(data)
        return hashlib.sha256(data).hexdigest()

    def fetch_across_a_takeover(self, url: str, flows: int) -> str:
        """The digest of what curl got of the file while the primary died."""
        got = self.directory / "got"
        command = ["curl", "-sSk", "--limit-rate", str(RATE), "--max-time", "60", "-o", str(got), url]
        download = self.start("cli", *command)
        wait_until(lambda: got.exists() and got.stat().st_size >= BEFORE, "the download gets on", download)
        self.bed.wait_for_flows(flows)
        self.bed.take_over()
        assert got.stat().st_size < SIZE
        _, errors = download.communicate(timeout=DEADLINE_S)
        assert (download.returncode, errors) == (0, b"")
        return hashlib.sha256(got.read_bytes()).hexdigest()


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with ExitStack() as stack:
        yield Stage(request.param, tmp_path, stack)


@needs("openssl", "curl")
@pytest.mark.parametrize("stage", NAMES, indirect=True)
def test_a_download_over_tls_survives_the_primary(stage: Stage) -> None:
    expected = stage.make_file()
    key, certificate = stage.directory / "key.pem", stage.directory / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=takeover"]
    subprocess.run([*make, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    stage.serve(
        "openssl",
        "s_server",
        "-quiet",
        *(("-6",) if stage.ip6 else ()),
        "-accept",
        str(PORT),
        "-cert",
        str(certificate),
        "-key",
        str(key),
        "-WWW",
    )
    assert stage.fetch_across_a_takeover(f"https://{stage.host}:{PORT}/served", flows=1) == expected


@needs("vsftpd", "curl")
@pytest.mark.parametrize("stage", TWO_SIDED, indirect=True)
def test_a_passive_ftp_download_survives_the_primary(stage: Stage) -> None:
    expected = stage.make_file()
    public = stage.directory / "public"
    public.mkdir()
    (stage.directory / "served").rename(public / "served")
    for directory in (*reversed(stage.directory.parents[:-3]), stage.directory):
        directory.chmod(0o755)  # the server serves as a user of its own
    settings = {
        "listen_ipv6" if stage.ip6 else "listen": "YES", "listen_port": PORT, "background": "NO", "anonymous_enable": "YES", "anon_root": public, "no_anon_password": "YES",
        "pasv_min_port": DATA_PORTS[0], "pasv_max_port": DATA_PORTS[1], "seccomp_sandbox": "NO", "secure_chroot_dir": stage.directory,
        "local_enable": "NO", "write_enable": "NO", "listen" if stage.ip6 else "listen_ipv6": "NO",
    }  # fmt: skip
    configuration = stage.directory / "vsftpd.conf"
    configuration.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    stage.serve("vsftpd", str(configuration))
    assert stage.fetch_across_a_takeover(f"ftp://{stage.host}:{PORT}/served", flows=2) == expected


@needs("sshd", "ssh", "ssh-keygen")
@pytest.mark.parametrize("stage", NAMES, indirect=True)
def test_an_ssh_session_survives_the_primary(stage: Stage) -> None:
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(stage.directory / name)]
        subprocess.run(command, check=True, capture_output=True)
    Path("/run/sshd").mkdir(exist_ok=True)
    configuration = stage.directory / "sshd_config"
    configuration.write_text(
        f"Port {PORT}\nHostKey {stage.directory}/host\nAuthorizedKeysFile {stage.directory}/user.pub\nPermitRootLogin yes\n"
        f"PasswordAuthentication no\nStrictModes no\nUsePAM no\nPidFile none\n"
    )
    stage.serve(str(shutil.which("sshd")), "-D", "-f", str(configuration))
    options = ["StrictHostKeyChecking=no", f"UserKnownHostsFile={stage.directory}/known", "BatchMode=yes"]
    said = stage.directory / "said"
    remote = "for n in $(seq 60); do echo line $n; sleep 0.05; done"
    script = 'out=$1; shift; exec ssh "$@" >"$out"'
    arguments = [word for option in options for word in ("-o", option)]
    command = ["sh", "-c", script, "sh", str(said), *arguments, "-F", "none", "-i", str(stage.directory / "user"), "-p", str(PORT)]
    session = stage.start("cli", *command, f"root@{stage.target}", remote)
    wait_until(lambda: said.exists() and said.read_text().count("\n") >= 5, "the session speaks", session)
    stage.bed.wait_for_flows(1)
    stage.bed.take_over()
    assert said.read_text().count("\n") < 60
    _, errors = session.communicate(timeout=DEADLINE_S)
    assert session.returncode == 0, errors
    assert said.read_text() == "".join(f"line {n}\n" for n in range(1, 61))


@needs("iperf3")
@pytest.mark.parametrize("stage", TWO_SIDED, indirect=True)
def test_a_measurement_with_iperf3_goes_on_after_the_primary(stage: Stage) -> None:
    stage.serve("iperf3", "-s", "-p", str(PORT))
    command = ["iperf3", "-c", stage.target, "-p", str(PORT), "-P", "3", "-t", "5", "-b", "20M", "-i", "0.5", "-J"]
    client = stage.start("cli", *command)
    wait_until(lambda: len(stage.bed.records()) >= 4, "control connection and data connections are known", client)
    stage.bed.wait_for_flows(4)
    stage.bed.take_over()
    text, errors = client.communicate(timeout=DEADLINE_S)
    assert client.returncode == 0, text + errors
    report = json.loads(text)
    last = report["intervals"][-1]["streams"]
    assert len(last) == 3 and all(stream["bytes"] > 0 for stream in last), "every connection still carries bytes at the end"
    assert report["end"]["sum_received"]["bytes"] > 0


@needs("dnsmasq", "dig")
@pytest.mark.parametrize("stage", NAMES, indirect=True)
def test_dns_questions_from_one_socket_are_answered_before_and_after(stage: Stage) -> None:
    options = ["--keep-in-foreground", "--no-daemon", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--user=root", "--pid-file"]
    stage.serve("dnsmasq", *options, f"--port={PORT}", "--address=/takeover.example/192.0.2.77", udp=True)

    def ask() -> str:
        source = CASES_CLIENT[stage.bed.case.name]
        command = [
            "dig",
            "-b",
            f"{source}#5353",
            "-p",
            str(PORT),
            f"@{stage.target}",
            "+short",
            "+tries=3",
            "+timeout=2",
            "takeover.example",
        ]
        return stage.bed.inside("cli", *command).strip()

    assert ask() == "192.0.2.77"
    stage.bed.wait_for_flows(1)
    known = stage.bed.records()
    stage.bed.take_over()
    assert ask() == "192.0.2.77"
    assert [line.split(" ")[2:7] for line in stage.bed.records()] == [line.split(" ")[2:7] for line in known], "the same binding"


CASES_CLIENT = {case.name: case.clients[0].partition("/")[0] for case in CASES.values()}
