"""Where the time of a run went: one line for each layer, or for the layers that were computed as one."""

from __future__ import annotations

import attrs


@attrs.frozen
class StepProfile:
    """One step of a run: the layers computed as one, the last of them giving the result.

    ``algorithm`` says how; ``macs`` counts the multiply-adds of all images of the batch. ``remembered``: nothing was
    computed this time; ``seconds`` is then what it took when it was.
    """

    nodes: tuple[str, ...]
    algorithm: str
    seconds: float
    macs: int
    remembered: bool = False

    @property
    def node(self) -> str:
        """The layer whose maps came out."""
        return self.nodes[-1]

    @property
    def gflops(self) -> float:
        """Billions of operations per second, two for each multiply-add; 0 where nothing was multiplied or timed."""
        return 2e-9 * self.macs / self.seconds if self.seconds > 0 else 0.0


@attrs.frozen
class RunProfile:
    """All steps of a run in execution order."""

    steps: tuple[StepProfile, ...] = ()

    @property
    def seconds(self) -> float:
        """Time of all steps together, those remembered included."""
        return sum(step.seconds for step in self.steps)

    @property
    def computed_seconds(self) -> float:
        """Time of the steps that were computed this time."""
        return sum(step.seconds for step in self.steps if not step.remembered)

    @property
    def macs(self) -> int:
        """Multiply-adds of all steps together."""
        return sum(step.macs for step in self.steps)

    def share(self, step: StepProfile) -> float:
        """Fraction of all time that a step took."""
        return step.seconds / self.seconds if self.seconds > 0 else 0.0

    def of(self, node_id: str) -> StepProfile | None:
        """The step in which a layer was computed; None where it was not, because nobody needed it or it is free."""
        return next((step for step in self.steps if node_id in step.nodes), None)
