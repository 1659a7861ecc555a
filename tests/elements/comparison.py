# SPDX-License-Identifier: Apache-2.0
"""What the stateful comparisons of every type of box with its model share: one table there, one here."""

from __future__ import annotations

from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant


class TableComparison(RuleBasedStateMachine):
    """``bed`` is the element in a router, ``model`` its model; both are made by an ``@initialize`` of the comparison."""

    bed: Any
    model: Any

    def teardown(self) -> None:
        if hasattr(self, "bed"):
            self.bed.close()

    def learn_numbers(self, known: dict) -> None:
        """The sequence number of a flow that is not as in ``known`` is the element's choice, if it is higher than all before."""
        for key, flow in self.model.bindings.items():
            if known.get(key) is not flow:
                seq = int(self.bed.read("lookup", flow.key_text()).split()[1])
                assert seq >= flow.seq
                flow.seq = self.model.last_seq = seq

    @invariant()
    def tables_agree(self) -> None:
        if not hasattr(self, "bed"):
            return
        exported, expected = self.bed.read("export").splitlines(), self.model.exported()
        assert len(exported) == len(set(exported))
        only_there, only_here = set(exported) - expected, expected - set(exported)
        assert (only_there, only_here) == (set(), set()), f"the element alone has {only_there}, the model alone {only_here}"
        assert int(self.bed.read("count")) == len(self.model.bindings)
        assert self.bed.read("digest").strip() == self.model.digest()
