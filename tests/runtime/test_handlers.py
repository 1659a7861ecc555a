# SPDX-License-Identifier: Apache-2.0
"""Handlers that every router and every element has, read from the command line."""

from __future__ import annotations

from test_language import built, run  # noqa: F401  (the fixture skips when nothing is built)


def read_handler(configuration: str, name: str, *arguments: str) -> str:
    """The value of one handler of a configuration that is not run."""
    result = run("-q", "-e", configuration, "-h", name, *arguments)
    assert (result.stderr, result.returncode) == ("", 0)
    return result.stdout


TWO = "a :: Idle -> n :: Null -> b :: Idle; n2 :: Null; Idle -> n2 -> b"


def test_list_counts_and_names() -> None:
    """`list` is the number of elements and their names, in order."""
    assert read_handler(TWO, "list") == "5\na\nn\nb\nn2\nIdle@5\n"


def test_config_is_the_original_text() -> None:
    """`config` is what was given; `flatconfig` what became of it."""
    assert read_handler("Idle  -> /* x */ Discard", "config") == "Idle  -> /* x */ Discard\n"
    assert read_handler("Idle  -> Discard", "flatconfig").startswith("Idle@1 :: Idle;\nDiscard@2 :: Discard;\n")


def test_compact_configuration_drops_the_text() -> None:
    """With compact_config, `config` is the flat form."""
    assert "Idle@1 -> Discard@2" in read_handler("require(compact_config) Idle->Discard", "config")


def test_requirements_alternate_type_and_value() -> None:
    """`requirements` has type and value on alternate lines."""
    assert read_handler("require(package userlevel); Idle -> Discard", "requirements") == "package\nuserlevel\n"


def test_element_names_itself() -> None:
    """`name`, `class` and `config` of an element."""
    assert read_handler("q :: Queue( 7 ); Idle -> q -> Idle", "q.name") == "q\n"
    assert read_handler("q :: Queue( 7 ); Idle -> q -> Idle", "q.class") == "Queue\n"


def test_ports_name_kind_and_peers() -> None:
    """`ports` shows kind, an agnostic mark, and who is at the other end."""
    assert read_handler(TWO, "n.ports") == "1 input\npush~\t-\ta [0]\n1 output\npush~\t-\tb [0]\n"
    assert read_handler("Idle -> q :: Queue -> Idle", "q.ports") == ("1 input\npush\t-\tIdle@1 [0]\n1 output\npull\t-\tIdle@3 [0]\n")


def test_handlers_lists_the_defaults_last() -> None:
    """Latest first, so what every element has comes last."""
    lines = read_handler(TWO, "n.handlers").splitlines()
    assert [line.split("\t")[0] for line in lines][-5:] == ["handlers", "ports", "config", "class", "name"]
    assert all(line.split("\t")[1].startswith("r") for line in lines[-5:])


def test_pattern_and_class_select_several() -> None:
    """A glob or a class name reads the handler of every element it matches."""
    assert read_handler(TWO, "n*.name") == "n.name:\nn\n\nn2.name:\nn2\n\n"
    assert read_handler(TWO, "Null.name") == "n.name:\nn\n\nn2.name:\nn2\n\n"


def test_unknown_handlers_are_refused() -> None:
    """The message says what is missing."""
    for name, message in {
        "n.nope": "no 'n.nope' handler",
        "nope.name": "no element 'nope'",
        "z*.name": "no element matching 'z*'",
    }.items():
        result = run("-q", "-e", TWO, "-h", name)
        assert message in result.stderr
        assert result.returncode == 1


def test_parameters_come_from_the_command_line() -> None:
    """NAME=VALUE fills variables of the configuration."""
    assert "q :: Queue(9)" in read_handler("q :: Queue($n); Idle -> q -> Idle", "flatconfig", "n=9")
