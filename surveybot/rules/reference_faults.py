"""What can be wrong with a data file, said in full: every fault at once, each in a sentence."""

from typing import Any


class ReferenceFaults(ValueError):
    """A data file cannot be used; `faults` says every reason."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def is_code(value: Any) -> bool:
    """Three digits, as text: a number would lose its leading zeros."""
    return isinstance(value, str) and len(value) == 3 and value.isascii() and value.isdecimal()
