"""What is wrong with one value that somebody wrote, said so that they can put it right."""


class CellFault(Exception):
    """A value cannot be stored as it is: "<value> <problem>", and `fix` is a sentence of its own."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix
