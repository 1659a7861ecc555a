# SPDX-License-Identifier: Apache-2.0
"""What a log daemon said, without what syslog put around it: RFC 3164, RFC 5424, and what is met in the wild.

Only headers are taken away, and at most two of them (a relay may prepend a second one): the body must then *begin*
with the prefix that the driver waits for. A program on the primary that logs text from the network somewhere inside
its message (``sshd: Invalid user MIMI be=…``) can therefore not inject state.
"""

from __future__ import annotations

import re
from typing import Final

HEADERS_MAX: Final = 2

_PRI: Final = re.compile(r"<\d{1,3}>")
_RFC5424: Final = re.compile(
    r"1 (?:-|\d{4}-\d\d-\d\dT\S+) \S+ \S+ \S+ \S+ "
    r'(?:-|(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])+)(?: |$)'
)
_STAMP: Final = re.compile(
    r"(?:\d{1,10}: )?[*.]?(?:[A-Z][a-z]{2} [ \d]?\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?(?: (?:UTC|[A-Z]{2,3}T))?:?|"
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*) +"
)
_HOST: Final = re.compile(r"[^\s\[\]]*[^\s\[\]:] +")
_TAG: Final = re.compile(r"[^\s:\[\]]{1,64}(?:\[[^\]\s]{0,64}\])?: ?")
_UPTIME: Final = re.compile(r"\[ *\d+\.\d+\] ?")
_CONTROL: Final = str.maketrans({"\r": " ", "\n": " ", "\0": " "})


def message_of(datagram: bytes, prefix: str = "") -> str:
    """The body of one syslog message. Pure; never raises.

    Bytes become characters one to one (Latin-1): no driver needs more, and nothing can fail. Where the format leaves
    open what is a header (is the word after the time a host, or the message?), ``prefix`` decides.
    """
    text = datagram.decode("latin-1").rstrip("\0\r\n ").lstrip(" \0")
    if "\n" in text or "\r" in text or "\0" in text:
        text = text.translate(_CONTROL)
    for _ in range(HEADERS_MAX):
        before = text
        text = _without_header(text, prefix)
        if text == before or (prefix and text.startswith(prefix)):
            break
    return text


def _without_header(text: str, prefix: str) -> str:
    if prefix and text.startswith(prefix):
        return text
    found = _PRI.match(text)
    headed = found is not None
    if found:
        text = text[found.end() :].lstrip(" ")
        v1 = _RFC5424.match(text)
        if v1:
            return _without_uptime(text[v1.end() :].removeprefix("\xef\xbb\xbf").lstrip(" "))
    stamp = _STAMP.match(text)
    if stamp:
        headed = True
        text = text[stamp.end() :]
        if prefix and text.startswith(prefix):
            return text
        host = _HOST.match(text)
        if host:
            text = text[host.end() :]
    if prefix and text.startswith(prefix):
        return text
    tag = _TAG.match(text)
    if tag and (headed or tag[0].startswith("kernel:")):
        text = text[tag.end() :].lstrip(" ")
    return _without_uptime(text)


def _without_uptime(text: str) -> str:
    found = _UPTIME.match(text)
    return text[found.end() :] if found else text
