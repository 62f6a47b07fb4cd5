"""Why a file cannot be read as a table."""


class TableFault(Exception):
    """The file as a whole is refused; `row` is where, or 0, and `fix` is a sentence of its own."""

    def __init__(self, problem: str, fix: str, *, row: int = 0, column: str = "", value: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix
        self.row = row
        self.column = column
        self.value = value
