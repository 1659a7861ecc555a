# SPDX-License-Identifier: Apache-2.0
"""What each upstream test is about, and which of them a user-level engine alone cannot run."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Final

# The first pattern that fits a test's name ("directory/name") decides.
_PATTERNS: Final = (
    (
        "kernel module",
        (
            "linuxmodule/*",
            "handlers/kernel-*",
            "handlers/KernelHandlerProxy-*",
            "IPRewriter/FTPPortMapper-*",
            "tools/mkmindriver-02",
            "standard/notifier-03",
            "userlevel/ControlSocket-llrpc-02",
        ),
    ),
    ("language", ("compound/*", "tools/lexer-*", "standard/landmarks-*", "standard/library-*", "handlers/expansion-*")),
    ("handlers/script", ("handlers/*", "standard/Script-*", "userlevel/Script-*")),
    ("control", ("userlevel/ControlSocket-*", "userlevel/uhotswap-*", "standard/Clipboard-*")),
    (
        "C++ API unit tests",
        (
            *(f"standard/{name}-*" for name in ("bigint", "bitvector", "confparse", "crypto", "deque", "error", "functions")),
            *(f"standard/{name}-*" for name in ("hashtable", "heap", "list", "neighborhood", "sort", "timer", "tokenbucket", "vector")),
            "userlevel/clp-*",
            "userlevel/packetpool-*",
        ),
    ),
    (
        "queues/notifiers/shapers",
        (
            *(f"standard/{name}-*" for name in ("BandwidthRated*", "DelayShaper*", "FrontDropQueue", "FullNoteQueue*", "LinkUnqueue")),
            *(f"standard/{name}-*" for name in ("MixedQueue", "Queue-*", "QuickNoteQueue", "Rated*", "Shaper", "StrideSched", "Unqueue")),
            "standard/notifier-*",
            "standard/PullSwitch-*",
        ),
    ),
    ("ip", ("ip/*", "tcpudp/*", "userlevel/iprouter-*")),
    ("icmp", ("icmp/ICMPRewriter-*", "icmp/*")),
    ("ethernet/ARP", ("ethernet/*",)),
    ("classifier", ("standard/Classifier-*",)),
    ("NAT", ("IPRewriter/*",)),
    ("analysis/trace", ("analysis/*",)),
    ("tools", ("tools/*", "standard/AlignmentInfo-*")),
    ("threads", ("threads/*",)),
    ("sockets", ("userlevel/McastSocket-*",)),
    ("time", ("userlevel/timer-systime-*", "userlevel/timewarp-*")),
    ("standard", ("standard/*", "userlevel/*")),
)
# IPFilter tests read like the classifier's: they compare its decision program.
_CLASSIFIER: Final = "ip/IPFilter-*"
ORDER: Final = (
    "language",
    "handlers/script",
    "control",
    "standard",
    "queues/notifiers/shapers",
    "ip",
    "icmp",
    "ethernet/ARP",
    "classifier",
    "NAT",
    "analysis/trace",
    "C++ API unit tests",
    "tools",
    "threads",
    "sockets",
    "time",
    "kernel module",
)
_TOOL: Final = re.compile(r"\bclick-[a-z]+\b")


def category(name: str) -> str:
    """The category of the test ``directory/name``."""
    if fnmatchcase(name, _CLASSIFIER):
        return "classifier"
    for title, patterns in _PATTERNS:
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            return title
    return "standard"


def missing_tools(text: str, tools: frozenset[str]) -> list[str]:
    """Upstream's companion programs that the test's script runs and that ``tools`` has not."""
    scripts: list[str] = []
    reading = False
    for line in text.splitlines():
        if line.startswith("%"):
            reading = line.split()[0] in {"%script", "%test"}
        elif reading:
            scripts.append(line.split("#", 1)[0])
    return sorted(set(_TOOL.findall("\n".join(scripts))) - tools)
