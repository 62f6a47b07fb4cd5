import pytest

from surveybot.files.faults import TableFault
from surveybot.files.tables import read_table
from surveybot.rules.roster.tables import Table
from surveybot.rules.roster_file.headings import recognised

CTF = """<?xml version="1.0" encoding="{encoding}"?>
<CTfile{namespace}>
  <Header><DocumentName>Common Transfer File</DocumentName><CTFversion>19.0</CTFversion></Header>
  <CTFpupilData>
    <Pupil>
      <UPN>B801200005001</UPN><UniqueLearnerNumber>9276308686</UniqueLearnerNumber>
      <Surname>Wiśniewska</Surname><Forename>Zoé</Forename><DOB>2011-04-03</DOB><{sex}>F</{sex}>
      <BasicDetails><PreferredForename>Zo</PreferredForename><NCyearActual>11</NCyearActual>
        <Ethnicity>CANARY</Ethnicity></BasicDetails>
      <LookedAfter><InCare>true</InCare></LookedAfter>
      <SENhistory><SEN><StartDate>2019-01-01</StartDate><SENprovision>K</SENprovision></SEN>
        <SEN><StartDate>2021-01-01</StartDate><SENprovision>E</SENprovision></SEN></SENhistory>
      <FSMhistory><FSMinstance><FSMstartDate>2018-01-01</FSMstartDate><FSMendDate>2019-01-01</FSMendDate>
        </FSMinstance><FSMinstance><FSMstartDate>2022-01-01</FSMstartDate></FSMinstance></FSMhistory>
      <Address><BS7666Address><PAON>1</PAON><Street>High St</Street><Town>Leeds</Town></BS7666Address>
        <PostCode>LS1 1AA</PostCode></Address>
      <Phones><Phone><TelephoneType>H</TelephoneType><PhoneNo>01132430000</PhoneNo></Phone>
        <Phone><TelephoneType>M</TelephoneType><PhoneNo>07700900123</PhoneNo></Phone></Phones>
      <Email>zoe@pupils.example.org</Email>
      <Contacts>
        <Contact><Surname>Nowak</Surname><Forename>Ewa</Forename><Relationship>MOT</Relationship>
          <Phones><Phone><TelephoneType>M</TelephoneType><PhoneNo>07700900199</PhoneNo></Phone></Phones>
          <Email>ewa@example.org</Email></Contact>
        <Contact><Surname>Two</Surname></Contact>
        <Contact><Surname>CANARY</Surname></Contact>
      </Contacts>
      <StageAssessments><KeyStage><Result>CANARY</Result></KeyStage></StageAssessments>
    </Pupil>
  </CTFpupilData>
</CTfile>"""


def ctf(encoding: str = "UTF-8", namespace: str = "", sex: str = "Sex") -> str:
    return CTF.format(encoding=encoding, namespace=namespace, sex=sex)


def read(data: str | bytes) -> Table:
    return read_table(data.encode() if isinstance(data, str) else data, heading_score=recognised)


def test_a_pupil_is_a_row_at_the_line_of_the_file() -> None:
    (row,) = read(ctf()).rows
    assert row.number == 5
    cells = dict(row.cells)
    assert (cells["UPN"], cells["ULN"], cells["Surname"], cells["Forename"]) == (
        *("B801200005001", "9276308686"),
        *("Wiśniewska", "Zoé"),
    )
    assert (cells["DOB"], cells["NCyearActual"], cells["Sex"]) == ("2011-04-03", "11", "F")


def test_histories_count_by_their_last_entry() -> None:
    cells = read(ctf()).rows[0].cells
    assert (cells["SEN provision"], cells["FSM"], cells["In Care"]) == ("E", "Y", "true")


def test_the_mobile_is_chosen_and_contacts_are_kept_apart() -> None:
    cells = read(ctf()).rows[0].cells
    assert cells["Student Mobile"] == "07700900123"
    assert (cells["Contact 1 Mobile"], cells["Contact 1 Email"]) == ("07700900199", "ewa@example.org")
    assert cells["Contact 2 Surname"] == "Two"


def test_nothing_is_read_that_is_not_needed() -> None:
    assert "CANARY" not in str(read(ctf()))


def test_every_heading_of_a_ctf_is_known() -> None:
    table = read(ctf())
    assert recognised(table.headings) == len(table.headings)


@pytest.mark.parametrize("sex", ["Sex", "Gender"])
def test_older_files_say_gender(sex: str) -> None:
    assert read(ctf(sex=sex)).rows[0].cells["Sex"] == "F"


def test_a_namespace_is_stripped() -> None:
    plain = ctf().replace("<Pupil>", '<x:Pupil xmlns:x="urn:ctf">').replace("</Pupil>", "</x:Pupil>")
    assert read(plain).rows[0].cells["Surname"] == "Wiśniewska"
    assert read(ctf(namespace=' xmlns="urn:ctf"')).rows[0].cells["Surname"] == "Wiśniewska"


def test_latin_letters_of_an_older_encoding_are_read() -> None:
    data = ctf(encoding="ISO-8859-1").replace("Wiśniewska", "Müller").encode("latin-1")
    assert read(data).rows[0].cells["Surname"] == "Müller"


def test_pupils_on_one_line_are_counted() -> None:
    table = read(
        ctf().replace("\n", " ").replace("</CTFpupilData>", "<Pupil><UPN>x</UPN></Pupil></CTFpupilData>")
    )
    assert [row.number for row in table.rows] == [1, 2]


@pytest.mark.parametrize(
    "data",
    [
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha">]><CTfile>&b;</CTfile>',
        '<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd"><CTfile/>',
        '<?xml version="1.0"?><CTfile><CTFpupilData>',
        '<?xml version="1.0"?><other/>',
        '<?xml version="1.0" encoding="no-such"?><CTfile/>',
    ],
)
def test_hostile_or_broken_xml_is_refused(data: str) -> None:
    with pytest.raises(TableFault):
        read(data)
