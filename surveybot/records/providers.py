"""Providers: colleges, sixth forms and other places of learning, for the whole installation."""

from sqlmodel import Field, SQLModel


class Provider(SQLModel, table=True):
    __tablename__ = "provider"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=200)
    folded_name: str = Field(
        max_length=200, unique=True
    )  # lower case, no accents or punctuation, plus URN if two share it
    kind: str = Field(default="", max_length=60)
    urn: str | None = Field(default=None, max_length=6, unique=True)
    ukprn: str | None = Field(default=None, max_length=8, index=True)
    la: str = Field(default="", max_length=3, index=True)
    town: str = Field(default="", max_length=80)
    postcode: str = Field(default="", max_length=8)
    is_open: bool = True
