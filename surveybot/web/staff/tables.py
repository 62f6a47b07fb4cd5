"""A list that is searched, sorted and paged by its address alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from flask import request
from werkzeug.routing import RequestRedirect

PER_PAGE = 50


class PastTheEnd(RequestRedirect):
    """A list has fewer pages than the address asks for: its last page is shown."""

    code = 302  # for now: tomorrow the list may be longer


@dataclass(frozen=True)
class TableView:
    """Which page of a list stands on the screen; `total` is known once the rows are read."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)  # filters that stay while sorting and paging
    sort: str = "name"
    descending: bool = False
    page: int = 1
    total: int = 0

    @classmethod
    def read(
        cls, path: str, args: Mapping[str, str], *, filters: tuple[str, ...], sorts: tuple[str, ...]
    ) -> "TableView":
        """Read a request's query; what makes no sense falls back to the first sort and page."""
        query = {name: args[name].strip()[:100] for name in filters if args.get(name, "").strip()}
        word = args.get("sort", "")
        sort, descending = word.removeprefix("-"), word.startswith("-")
        if sort not in sorts:
            sort, descending = sorts[0], False
        number = args.get("page", "1")
        page = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1
        return cls(path, query, sort, descending, max(page, 1))

    def holding(self, total: int) -> "TableView":
        """The same view once it is known how many rows there are in all, or PastTheEnd of them."""
        held = replace(self, total=total)
        if held.page > held.pages:
            # A part of the page that is loaded anew has an address of its own.
            raise PastTheEnd(request.path + held.page_url(held.pages).removeprefix(held.path))
        return held

    @property
    def offset(self) -> int:
        return (self.page - 1) * PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))

    @property
    def first(self) -> int:
        return min(self.offset + 1, self.total)

    @property
    def last(self) -> int:
        return min(self.offset + PER_PAGE, self.total)

    @property
    def near(self) -> list[int | None]:
        """The page numbers to show; None stands for those left out between them."""
        shown = sorted({1, self.pages, *range(max(1, self.page - 1), min(self.pages, self.page + 1) + 1)})
        numbers: list[int | None] = []
        for number in shown:
            if numbers and number - (numbers[-1] or 0) > 1:
                numbers.append(None)
            numbers.append(number)
        return numbers

    def url(self, **changes: str) -> str:
        """This list with some filters changed, from its first page."""
        query = {**self.query, **changes}
        if self.sort != "name" or self.descending:
            query.setdefault("sort", ("-" if self.descending else "") + self.sort)
        kept = {name: value for name, value in query.items() if value}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    def sort_url(self, key: str) -> str:
        down = key == self.sort and not self.descending
        return self.url(sort=f"-{key}" if down else key)

    def page_url(self, number: int) -> str:
        return self.url(page=str(number) if number > 1 else "")
