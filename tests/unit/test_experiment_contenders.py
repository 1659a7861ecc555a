# SPDX-License-Identifier: Apache-2.0
"""The rival's side of the benchmark: what its tools tell."""

from __future__ import annotations

from pathlib import Path

from mimi.experiment.conntrackd import entry_times

HEARD = """[1764054000.123456]\t    [NEW] tcp      6 120 SYN_SENT src=10.1.0.1 dst=10.1.0.100 sport=40000 dport=80 [UNREPLIED] src=10.2.0.2 dst=10.1.0.1 sport=80 dport=40000
[1764054001.000007]\t    [NEW] tcp      6 120 SYN_SENT src=10.1.0.2 dst=10.1.0.100 sport=40001 dport=80 [UNREPLIED] src=10.2.0.3 dst=10.1.0.2 sport=80 dport=40001
[1764054002.000000]\t    [NEW] tcp      6 120 SYN_SENT src=10.1.0.1 dst=10.1.0.100 sport=40000 dport=80 [UNREPLIED] src=10.2.0.2 dst=10.1.0.1 sport=80 dport=40000
"""


def test_entries_are_dated_by_when_the_kernel_told_of_them_first(tmp_path: Path) -> None:
    file = tmp_path / "entries.txt"
    assert entry_times(file) == {}
    file.write_text(HEARD)
    assert entry_times(file) == {
        "tcp 10.1.0.1:40000 10.1.0.100:80": 1764054000_123456000,
        "tcp 10.1.0.2:40001 10.1.0.100:80": 1764054001_000007000,
    }
