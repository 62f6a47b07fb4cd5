"""The fields of a roster, and the headings of SIMS, Arbor, Bromcom, School Census and CTF that name them.

Case, spaces and punctuation make no difference.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from surveybot.rules.plain_text import fold


class RosterField(StrEnum):
    """Everything that is read from a roster; the value is also the word that a saved mapping keeps."""

    SURNAME = "surname"
    FORENAME = "forename"
    SURNAME_FORENAME = "surname_forename"
    PREFERRED_NAME = "preferred_name"
    DATE_OF_BIRTH = "date_of_birth"
    YEAR_GROUP = "year_group"
    UPN = "upn"
    ULN = "uln"
    ADMISSION_NUMBER = "admission_number"
    TUTOR_GROUP = "tutor_group"
    SEX = "sex"
    ADDRESS = "address"
    ADDRESS_1 = "address1"
    ADDRESS_2 = "address2"
    ADDRESS_3 = "address3"
    ADDRESS_4 = "address4"
    FLAT = "flat"
    HOUSE = "house"
    STREET = "street"
    LOCALITY = "locality"
    TOWN = "town"
    POSTCODE = "postcode"
    HOME_LA = "home_la"
    STUDENT_EMAIL = "student_email"
    PERSONAL_EMAIL = "personal_email"
    STUDENT_MOBILE = "student_mobile"
    FIRST_LANGUAGE = "first_language"
    PUPIL_PREMIUM = "pupil_premium"
    FREE_MEALS = "free_school_meals"
    SEN_PROVISION = "sen_provision"
    EHCP = "ehcp"
    LOOKED_AFTER = "looked_after"
    EAL = "eal"
    ATTENDANCE = "attendance"
    CONTACT_1_NAME = "contact1_name"
    CONTACT_1_FORENAME = "contact1_forename"
    CONTACT_1_SURNAME = "contact1_surname"
    CONTACT_1_RELATIONSHIP = "contact1_relationship"
    CONTACT_1_EMAIL = "contact1_email"
    CONTACT_1_MOBILE = "contact1_mobile"
    CONTACT_1_ADDRESS = "contact1_address"
    CONTACT_2_NAME = "contact2_name"
    CONTACT_2_FORENAME = "contact2_forename"
    CONTACT_2_SURNAME = "contact2_surname"
    CONTACT_2_RELATIONSHIP = "contact2_relationship"
    CONTACT_2_EMAIL = "contact2_email"
    CONTACT_2_MOBILE = "contact2_mobile"
    CONTACT_2_ADDRESS = "contact2_address"

    @property
    def label(self) -> str:
        """How the field is called on pages and in errors."""
        return LABELS.get(self, re.sub(r"(\d)", r" \1", self.value).replace("_", " ").capitalize())


LABELS = {
    RosterField.SURNAME_FORENAME: "Surname and forename in one column",
    RosterField.UPN: "UPN",
    RosterField.ULN: "ULN",
    RosterField.ADDRESS: "Whole address in one column",
    RosterField.FLAT: "Flat (SAON)",
    RosterField.HOUSE: "House (PAON)",
    RosterField.HOME_LA: "Home LA code",
    RosterField.SEN_PROVISION: "SEN provision",
    RosterField.EHCP: "EHCP",
    RosterField.EAL: "EAL",
    RosterField.STUDENT_EMAIL: "Student email (school)",
    RosterField.PERSONAL_EMAIL: "Student email (personal)",
}

F = RosterField
ALIASES: Mapping[RosterField, str] = {
    F.SURNAME: "surname legalsurname lastname legallastname familyname",
    F.FORENAME: "forename forenames legalforename firstname legalfirstname givenname givennames",
    F.SURNAME_FORENAME: "surnameforename legalsurnameforename surnameandforename",
    F.PREFERRED_NAME: "preferredname preferredforename preferredfirstname knownas knownasname chosenname",
    F.DATE_OF_BIRTH: "dob dateofbirth birthdate birthday",
    F.YEAR_GROUP: "year yeargroup ncyear ncyearactual currentncyear nationalcurriculumyear yr curriculumyear",
    F.UPN: "upn uniquepupilnumber",
    F.ULN: "uln uniquelearnernumber learnernumber",
    F.ADMISSION_NUMBER: "adno admissionnumber admissionno admno learnercode pupiladmissionnumber nativeid",
    F.TUTOR_GROUP: "reggroup registrationgroup form formgroup tutorgroup tutor registrationform "
    "currentregistrationgroupname",
    F.SEX: "sex gender mf legalsex",
    F.ADDRESS: "address homeaddress fulladdress",
    F.ADDRESS_1: "address1 addressline1 homeaddressline1",
    F.ADDRESS_2: "address2 addressline2 homeaddressline2",
    F.ADDRESS_3: "address3 addressline3 homeaddressline3",
    F.ADDRESS_4: "address4 addressline4",
    F.FLAT: "saon apartment flat",
    F.HOUSE: "paon housenumber housename housenumberorname",
    F.STREET: "street road",
    F.LOCALITY: "locality district",
    F.TOWN: "town posttown city towncity",
    F.POSTCODE: "postcode homepostcode postalcode zip",
    F.HOME_LA: "homela homelacode lahome laofresidence homelocalauthority",
    F.STUDENT_EMAIL: "studentemail studentemailaddress schoolemail schoolemailaddress",
    F.PERSONAL_EMAIL: "personalemail personalemailaddress homeemail privateemail studentpersonalemail",
    F.STUDENT_MOBILE: "studentmobile studentmobilenumber studentmobilephone studentphone personalmobile",
    F.FIRST_LANGUAGE: "firstlanguage language homelanguage mothertongue",
    F.PUPIL_PREMIUM: "pp pupilpremium pupilpremiumindicator pupilpremiumeligible ppindicator disadvantaged",
    F.FREE_MEALS: "fsm freeschoolmeals fsmeligible fsmever6 ever6fsm fsm6 fsmeoncensusday eligibleforfsm",
    F.SEN_PROVISION: "sen senstatus senprovision senneed senstage sencode",
    F.EHCP: "ehcp ehcplan hasehcp ehc",
    F.LOOKED_AFTER: "lac cla lookedafter lookedafterchild childlookedafter incare incareindicator",
    F.EAL: "eal englishasadditionallanguage englishasanadditionallanguage ealstatus",
    F.ATTENDANCE: "attendance percentageattendance attendancepercentage overallattendance percentattendance",
}
STRONG = {alias: field for field, words in ALIASES.items() for alias in words.split()}
WEAK = {
    "email": F.STUDENT_EMAIL,
    "emailaddress": F.STUDENT_EMAIL,
    "mobile": F.STUDENT_MOBILE,
    "mobilenumber": F.STUDENT_MOBILE,
    "mobilephone": F.STUDENT_MOBILE,
}
CONTACT = re.compile(
    r"(?:priority|primary|emergency)?(?:contact|parentcarer|parentguardian|parent|carer|guardian)([1-9]?)(\w+)"
)
CONTACT_PARTS = {
    **dict.fromkeys(("name", "fullname"), "name"),
    **dict.fromkeys(("forename", "firstname", "givenname"), "forename"),
    **dict.fromkeys(("surname", "lastname", "familyname"), "surname"),
    **dict.fromkeys(("relationship", "relation", "relationshiptostudent"), "relationship"),
    **dict.fromkeys(("email", "emailaddress", "homeemail"), "email"),
    **dict.fromkeys(("mobile", "mobilenumber", "mobilephone", "mobiletelephone"), "mobile"),
    **dict.fromkeys(("address", "fulladdress", "homeaddress"), "address"),
}
WEAK_CONTACT_PARTS = dict.fromkeys(("phone", "telephone", "tel", "phonenumber", "telephonenumber"), "mobile")
NOT_NEEDED = frozenset(
    "estab laestab urn middlename middlenames preferredsurname formersurname formerupn enrolstatus entrydate "  # noqa: SIM905
    "ethnicity ethnicitysource senneed1 senneed2 senunitindicator resourcedprovisionindicator "
    "administrativearea county country addressline5 address5 age title initials house examno examnumber "
    "candidatenumber dateofadmission admissiondate leavingdate".split()
)
"""Columns that are known and left alone: nothing is read that is not needed."""


def certain_field(heading: str) -> RosterField | None:
    """The field that a heading names for certain, with or without "Student" or "Pupil" before it."""
    folded = fold(heading)
    bare = re.sub(r"^(?:student|pupil|learner|child)", "", folded)
    return STRONG.get(folded) or _contact_field(folded, CONTACT_PARTS) or STRONG.get(bare)


def likely_field(heading: str) -> RosterField | None:
    """The field that a heading probably names: "Mobile" alone may be the student's."""
    folded = fold(heading)
    return WEAK.get(folded) or _contact_field(folded, WEAK_CONTACT_PARTS)


def is_not_needed(heading: str) -> bool:
    folded = fold(heading)
    found = CONTACT.fullmatch(folded)
    return folded in NOT_NEEDED or bool(found and (found[1] not in ("", "1", "2") or found[2] == "title"))


def _contact_field(folded: str, parts: Mapping[str, str]) -> RosterField | None:
    found = CONTACT.fullmatch(folded)
    if not found or found[1] not in ("", "1", "2") or found[2] not in parts:
        return None
    return RosterField(f"contact{found[1] or 1}_{parts[found[2]]}")
