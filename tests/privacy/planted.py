"""What the tests plant: words that are nowhere else, so that one found anywhere is a leak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sameboat.gateways.identity_check import Outcome
from sameboat.gateways.identity_check.sandbox import number_for
from sameboat.rules.documents import Sex


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A person by what is on the document, and how they sign in."""

    name: str
    born_on: date
    sex: Sex
    phone: str

    @property
    def number(self) -> str:
        """The number of the resident ID, which the sandbox matches."""
        return number_for(Outcome.MATCH, born_on=self.born_on, sex=self.sex, serial=7)


# Falls ill and is helped; her name is written in both ways.
ILL = Planted(name="欧阳菡萏", born_on=date(1991, 4, 17), sex="f", phone="+8613871936245")
# Is declined, and appeals. Foreigners' names are written in Latin letters on their documents.
DECLINED = Planted(
    name="Quillon Featherstonehaugh", born_on=date(1986, 9, 23), sex="m", phone="+8613754829163"
)
DOUBTFUL = Planted(name="令狐蘅芜", born_on=date(1979, 1, 29), sex="f", phone="+8615926473815")
MEMBERS = (ILL, DECLINED, DOUBTFUL)
# Does everything on the pages, and begins to join her father but never ends it.
TYPIST = Planted(name="司徒芍药", born_on=date(1988, 2, 11), sex="f", phone="+8613690584127")
UNFINISHED = Planted(name="司徒磐石", born_on=date(1969, 8, 30), sex="m", phone="")
STAFF_PERSON = Planted(name="闻人翡翠", born_on=date(1981, 12, 5), sex="f", phone="+8618264937158")

HOSPITAL = "鹭洲菖蒲医院"
STATEMENT = "骑车时被蓝鲸牌货车撞倒"
PDF_PLAIN = "Bruised by a marmalade-coloured lorry"
PDF_PACKED = "Fractured wrist near the turnip warehouse"
PDF_AUTHOR = "Dr. Peregrine Wolstenholme"
EXIF = "Taken at Nightingale ward 7, bed of the patient"
FILENAME = "mulberry-scan-of-my-wrist.pdf"
PAYEE_NAME = "Thaddeus Marchbanks-Okonkwo"
PAYEE_PHONE = "13169482753"
PAYEE_NUMBER = number_for(Outcome.MATCH, born_on=date(1963, 10, 26), sex="m", serial=7)
REPORT = "走访琥珀巷邻居后确认"
PROPOSAL = "紫檀桥事故认定书与病历一致"
DECLINE = "漆器街监控未见事故"
APPEAL = "请再看一遍鸢尾路的监控"
OBJECTION = "听说她去年在榛子镇住过院"
ANSWER = "榆钱镇病历查无此事"
HEALTH = '"medicine": false'

SEARCHED = "蝶翼鳞状疹"
TYPED_HOSPITAL = "鹿柴薜荔医院"
TYPED_STATEMENT = "在青铜巷口晕倒后查出"
TYPED_PAYEE = "Clementine Abernathy-Vasquez"
TYPED_PAYEE_NUMBER = number_for(Outcome.MATCH, born_on=date(1964, 3, 19), sex="f", serial=11)
TYPED_PAYEE_PHONE = "13358206914"
TYPED_DECLINE = "病理号在砚台镇查无记录"
TYPED_APPEAL = "请向棠梨路的医生再问一次"
TYPED_NAME = "Ottoline Quicksilver-Barnaby"
TYPED_WHY = "户口本上写的是榫卯的榫"
TYPED_REPLY = "已与蓼汀派出所核对无误"
MISTYPED_PHONE = "1369058412"
MISTYPED_NUMBER = "11010119880211998X"

PASSWORD = "pomegranate trellis monsoon"
TOTP_SECRET = "KRSXG5CTMVRXEZLUJBQXE2DP"

PEOPLE = (*MEMBERS, TYPIST, UNFINISHED, STAFF_PERSON)

PERSONAL: dict[str, str] = {
    **{f"name of {each.name}": each.name for each in PEOPLE},
    **{f"number of {each.name}": each.number for each in PEOPLE},
    # As it was typed, or with the country before it: the national part is in both.
    **{f"phone of {each.name}": each.phone.removeprefix("+86") for each in (*MEMBERS, TYPIST)},
    "payee's name": PAYEE_NAME,
    "payee's phone": PAYEE_PHONE,
    "payee's name, typed": TYPED_PAYEE,
    "payee's phone, typed": TYPED_PAYEE_PHONE,
    "payee's number, typed": TYPED_PAYEE_NUMBER,
    "a number with a mistake": MISTYPED_NUMBER,
    "payee's number": PAYEE_NUMBER,
}
"""Short things that can be guessed: an unkeyed hash of one is a leak too."""

TEXTS: dict[str, str] = {
    "hospital": HOSPITAL,
    "statement": STATEMENT,
    "sentence in a plain PDF": PDF_PLAIN,
    "sentence in a packed PDF": PDF_PACKED,
    "author of a PDF": PDF_AUTHOR,
    "EXIF of a photo": EXIF,
    "file name": FILENAME,
    "investigation report": REPORT,
    "reason of a proposal": PROPOSAL,
    "reason of a decline": DECLINE,
    "appeal": APPEAL,
    "objection": OBJECTION,
    "answer to an objection": ANSWER,
    "illness that was searched": SEARCHED,
    "hospital, typed": TYPED_HOSPITAL,
    "statement, typed": TYPED_STATEMENT,
    "reason of a decline, typed": TYPED_DECLINE,
    "appeal, typed": TYPED_APPEAL,
    "name as it should be": TYPED_NAME,
    "why a name is wrong": TYPED_WHY,
    "answer to a correction": TYPED_REPLY,
    "health answer": HEALTH,
    "health answer, packed": HEALTH.replace(" ", ""),
    "password": PASSWORD,
    "TOTP secret": TOTP_SECRET,
}
