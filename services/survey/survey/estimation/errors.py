"""What estimation refuses: each case has its own type, so that a caller can say what to mend."""


class EstimationError(ValueError):
    """No honest estimate can be given from this sample; nothing was computed."""


class DesignInvalid(EstimationError):
    """The description of the sample contradicts itself: lengths, weights or clusters can't be so."""


class LonelyUnit(EstimationError):
    """A stratum has one sampled unit only, so its variance is unknown; `stage` counts from 1."""

    def __init__(self, stage: int) -> None:
        super().__init__(f"a stratum of stage {stage} has only one sampled unit")
        self.stage = stage


class EmptyDomain(EstimationError):
    """Nobody in the sample belongs to the domain, or all who do have weight 0."""


class LevelNotInSample(EstimationError):
    """The population has people of a level of whom nobody answered: pool it with another level first."""

    def __init__(self, level: object) -> None:
        super().__init__(f"nobody in the sample is of the level {level!r}")
        self.level = level


class LevelNotInPopulation(EstimationError):
    """Somebody answered who is of a level of which the population total is not given."""

    def __init__(self, level: object) -> None:
        super().__init__(f"the population total of the level {level!r} is missing")
        self.level = level


class MarginsDisagree(EstimationError):
    """The margins' totals differ, so no weights can meet all of them."""


class NotConverged(EstimationError):
    """The weights did not settle within the allowed rounds: margins contradict each other, or a bound is too tight."""


class TrimInfeasible(EstimationError):
    """No weights within the bounds have the total that they must keep."""
