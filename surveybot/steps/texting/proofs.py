"""A reply from a number that is being asked whether it is somebody's: it proves that it is theirs."""

from surveybot.records.answer.contact_proofs import open_proofs_to
from surveybot.records.roster.students import Student
from surveybot.records.schools import School
from surveybot.records.texting.texts import InboundText, TextReason
from surveybot.rules.roster.contact_proof import ProofMethod, says_mine
from surveybot.steps.roster.prove_contact import prove
from surveybot.steps.texting.caller import Caller
from surveybot.steps.texting.desk import Desk
from surveybot.steps.texting.say import say, values_of_school
from surveybot.steps.texting.somebody import is_open


def proves_the_number(desk: Desk, caller: Caller, text: InboundText) -> bool:
    """Take a "mine", or a bare yes where no question of a survey is open; False where it is neither.

    Two who share the number are told apart by the links alone.
    """
    nothing_else = not any(is_open(desk, thread) for thread in caller.threads)
    if not says_mine(text.body, yes_counts=nothing_else):
        return False
    waiting = open_proofs_to(desk.session, caller.number, now=desk.now)
    if not waiting:
        return False
    text.reason = TextReason.PROVEN
    proof = waiting[0]
    text.school_id = proof.school_id
    student = desk.session.get_one(Student, proof.student_id)
    school = values_of_school(desk.session.get_one(School, proof.school_id))
    if len({one.student_id for one in waiting}) > 1:
        say(desk, caller, text, "prove-by-link", school)
        return True
    text.student_id = proof.student_id
    prove(desk.session, proof, method=ProofMethod.REPLY, now=desk.now)
    say(desk, caller, text, "proven", school, student=student)
    return True
