"""Every table of the house, imported once, for migrations and tests."""

from surveybot.records import audit, follow_ups, installations, schools, staff
from surveybot.records.answer import answers, consents, contact_proofs, worries
from surveybot.records.delivery import deliveries, opt_outs, provider_events, switches
from surveybot.records.destination import destinations, providers
from surveybot.records.plan import plan_troubles, planned, steered_occasions
from surveybot.records.report import board_cases, exchanges
from surveybot.records.roster import mappings, students
from surveybot.records.round import exam_permissions, invitations, rounds, tutor_rounds
from surveybot.records.texting import texts
from surveybot.records.worker import rehearsal_clock, trusted_clock, worker_beats

__all__ = [
    "answers",
    "audit",
    "board_cases",
    "consents",
    "contact_proofs",
    "deliveries",
    "destinations",
    "exam_permissions",
    "exchanges",
    "follow_ups",
    "installations",
    "invitations",
    "mappings",
    "opt_outs",
    "plan_troubles",
    "planned",
    "provider_events",
    "providers",
    "rehearsal_clock",
    "rounds",
    "schools",
    "staff",
    "steered_occasions",
    "students",
    "switches",
    "texts",
    "trusted_clock",
    "tutor_rounds",
    "worker_beats",
    "worries",
]
