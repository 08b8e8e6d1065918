"""Compares what the fields of a licence say of its holders with the holders.

Rules:
1. Which fields speak of a holder stands in the catalogue (``holder_mentions`` of the type), never in a field's name.
2. Fields that speak together speak of one holder: the one whose number they give, or else whose name.
3. A date of birth and a sex are compared with the citizen identity number (GB 11643), and only with that.
4. Every contradiction is told at once, and none repeats a value.
"""

from collections.abc import Iterator, Mapping, Sequence

from exchange.codes import SEX_CODES, citizen_id_agrees, iso_date
from exchange.entities.catalogue import HolderMention, Label, LicenceType
from exchange.entities.licence import FieldValue, Holder
from exchange.errors import Violation

_CITIZEN_ID = "111"

_NUMBER = Label(zh="与持证主体的证件号码不一致", en="is not the id number of the holder")
_NAME = Label(zh="与持证主体的姓名或名称不一致", en="is not the name of the holder")
_NO_NUMBER = Label(zh="不是任何持证主体的证件号码", en="is not the id number of any holder")
_NO_NAME = Label(zh="不是任何持证主体的姓名或名称", en="is not the name of any holder")
_NUMBERS = Label(
    zh="应为全部持证主体的证件号码，各出现一次", en="must be the id numbers of all holders, each of them once"
)
_NAMES = Label(
    zh="应为全部持证主体的姓名或名称，并与其号码对应", en="must name all holders, each at its number's place"
)
_BIRTH_DATE = Label(
    zh="与持证主体公民身份号码中的出生日期不一致", en="is not the date of birth in the holder's citizen identity number"
)
_SEX = Label(zh="与持证主体公民身份号码中的性别不一致", en="is not the sex in the holder's citizen identity number")


def mention_problems(
    licence_type: LicenceType, holders: tuple[Holder, ...], values: Mapping[str, FieldValue], path: str
) -> list[Violation]:
    """Where the fields say another thing of the holders than the holders do; ``path`` is where the fields stand.

    Not checked: what is missing, of another type, no date or no code, which ``field_problems`` tells, and the holders.
    """
    found: list[Violation] = []
    for mention in licence_type.holder_mentions:
        number, name = values.get(mention.id_number), values.get(mention.name)
        for holder in holders:
            if number == holder.id_number and name == holder.name:  # nearly always, and imports judge many rows
                told = _in_number(mention, holder, values)
                break
        else:
            told = _otherwise(mention, holders, values)
        for field, problem in told:
            found.append(Violation(f"{path}.{field}", problem.en, problem.zh))
    return found


def _otherwise(
    mention: HolderMention, holders: Sequence[Holder], values: Mapping[str, FieldValue]
) -> Sequence[tuple[str, Label]]:
    """What is wrong where no holder has just the number and the name that the fields say."""
    number, name = values.get(mention.id_number), values.get(mention.name)
    if type(number) is tuple or type(name) is tuple:
        if number == tuple([each.id_number for each in holders]) and name == tuple([each.name for each in holders]):
            return ()
        return list(_all_holders(mention, holders, number, name))
    return list(_one_holder(mention, holders, values))


def _one_holder(
    mention: HolderMention, holders: Sequence[Holder], values: Mapping[str, FieldValue]
) -> Iterator[tuple[str, Label]]:
    number, name = values.get(mention.id_number), values.get(mention.name)
    spoken = [each for each in holders if type(number) is not str or citizen_id_agrees(each.id_number, number)]
    if not spoken:
        yield mention.id_number, _NUMBER if len(holders) == 1 else _NO_NUMBER
        spoken = list(holders)
    named = [each for each in spoken if type(name) is not str or each.name == name]
    if not named:
        yield mention.name, _NAME if len(spoken) == 1 else _NO_NAME
    of_all = named or spoken
    if len(of_all) == 1:
        yield from _in_number(mention, of_all[0], values)


def _in_number(mention: HolderMention, holder: Holder, values: Mapping[str, FieldValue]) -> Sequence[tuple[str, Label]]:
    number, born, sex = holder.id_number, values.get(mention.birth_date), values.get(mention.sex)
    if holder.id_type != _CITIZEN_ID or (born is None and sex is None):
        return ()
    found: list[tuple[str, Label]] = []
    if type(born) is str and born != f"{number[6:10]}-{number[10:12]}-{number[12:14]}" and iso_date(born) is not None:
        found.append((mention.birth_date, _BIRTH_DATE))
    if type(sex) is str and sex in SEX_CODES and number[16:17] not in SEX_CODES[sex]:
        found.append((mention.sex, _SEX))
    return found


def _all_holders(
    mention: HolderMention, holders: Sequence[Holder], numbers: FieldValue | None, names: FieldValue | None
) -> Iterator[tuple[str, Label]]:
    """Both lists have every holder once, in whatever order, and the same one at the same place."""
    there = [(each.id_number, each.name) for each in holders]
    said = [_in_full(item, holders) for item in numbers] if type(numbers) is tuple else None
    if said is not None and sorted(said) != sorted(number for number, _ in there):
        yield mention.id_number, _NUMBERS
        said = None
    if type(names) is not tuple:
        return
    if said is None:
        right = sorted(names) == sorted(name for _, name in there)
    else:
        right = len(names) == len(said) and sorted(zip(said, names, strict=True)) == sorted(there)
    if not right:
        yield mention.name, _NAMES


def _in_full(item: str, holders: Sequence[Holder]) -> str:
    return next((each.id_number for each in holders if citizen_id_agrees(each.id_number, item)), item)
