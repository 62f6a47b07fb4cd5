"""Every table of the house, imported once, for migrations and tests."""

from surveybot.records import (
    answers,
    audit,
    consents,
    deliveries,
    destinations,
    exchanges,
    invitations,
    mappings,
    opt_outs,
    providers,
    roster,
    rounds,
    schools,
    staff,
    worker_beats,
)

__all__ = [
    "answers",
    "audit",
    "consents",
    "deliveries",
    "destinations",
    "exchanges",
    "invitations",
    "mappings",
    "opt_outs",
    "providers",
    "roster",
    "rounds",
    "schools",
    "staff",
    "worker_beats",
]
