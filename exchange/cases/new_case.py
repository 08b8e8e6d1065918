"""What a counter says when it opens a case, and what is wrong with it by itself and against the guides in force."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from exchange.cases.requirements import lines_asked
from exchange.cases.store import APPLICANT
from exchange.cases.window import DAY
from exchange.catalogue.checks.matters import MAX_EVIDENCE
from exchange.codes import HOLDER_ID_TYPES, ORGANISATION_ID_TYPES, holder_id_problem, name_problem, text_problem
from exchange.entities.case import CaseParty, Representation, RepresentationKind
from exchange.entities.catalogue import CROSS_REGION, HolderCategory, Matter, Operator
from exchange.entities.licence import Holder
from exchange.errors import Violation
from exchange.purpose.sharing_guards import LASTING

MAX_NUMBER = 50
MAX_MATTERS = 10
MAX_PARTIES = 40
MAX_SITUATIONS = 100
MAX_REPRESENTATION_DAYS = 30
CHANNELS = frozenset({"counter", "online", CROSS_REGION})
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to open: ``matters`` (codes) or ``bundle``; ``handling_department`` empty: the hub chooses.

    ``representations``: at most one for each party; ``valid_from_time`` 0 of one means from now on.
    """

    number: str
    matters: tuple[str, ...]
    bundle: str
    handling_department: str
    parties: tuple[CaseParty, ...]
    representations: tuple[Representation, ...]
    situations: frozenset[str]
    channel: str


def case_problems(new: NewCase) -> list[Violation]:
    """What is wrong before any guide is looked at: number, matters or bundle, channel, people, sizes."""
    found = [*_number_problems(new.number), *_matter_problems(new)]
    if new.channel not in CHANNELS:
        found.append(
            Violation("case.channel", "must be counter, online or cross_region", "应为 counter、online 或 cross_region")
        )
    if len(new.parties) > MAX_PARTIES:
        found.append(_too_many("case.parties", MAX_PARTIES))
    if len(new.situations) > MAX_SITUATIONS:
        found.append(_too_many("case.situations", MAX_SITUATIONS))
    found += [
        Violation(f"case.parties[{place}].role", "is repeated: one holder each", "当事人角色重复")
        for place in _repeats(party.role for party in new.parties)
    ]
    for place, party in enumerate(new.parties[:MAX_PARTIES]):
        found += holder_problems(party.holder, f"case.parties[{place}].holder")
    return found


def guide_problems(new: NewCase, matters: tuple[Matter, ...]) -> list[Violation]:
    """What is wrong against the guides: parties, their categories, situations and the channel."""
    found: list[Violation] = []
    roles = {party.id for matter in matters for party in matter.parties}
    required = {party.id for matter in matters for party in matter.parties if party.required}
    found += [
        Violation("case.parties", f"lacks the party {missing}", f"缺少当事人 {missing}")
        for missing in sorted(required - {party.role for party in new.parties})
    ]
    for place, party in enumerate(new.parties):
        path = f"case.parties[{place}]"
        if party.role not in roles:
            found.append(Violation(f"{path}.role", "is no party of the matter", "不是该事项的当事人角色"))
        found += _category_problems(party, matters, f"{path}.holder.id_type")
    known = {situation.id for matter in matters for situation in matter.situations}
    if not new.situations <= known:
        found.append(Violation("case.situations", "names one that the matter does not have", "含有该事项没有的情形"))
    if any(new.channel not in matter.channels for matter in matters):
        found.append(Violation("case.channel", "is not offered for the matter", "该事项未开通此办理渠道"))
    return found


def representation_problems(new: NewCase, matters: tuple[Matter, ...], now: int) -> list[Violation]:
    """What is wrong with the authorities to act for parties; ``now`` in seconds since 1970."""
    path = "case.representations"
    if len(new.representations) > len(new.parties):
        return [Violation(path, "must have at most one for each party", "每个当事人至多一项代办")]
    found = [
        Violation(f"{path}[{place}].party", "is repeated: one acts for each party", "同一当事人只能有一人代办")
        for place in _repeats(given.party for given in new.representations)
    ]
    for place, given in enumerate(new.representations):
        found += representation_problems_of(given, new.parties, matters, now, f"{path}[{place}]")
    return found


def representation_problems_of(
    given: Representation, parties: tuple[CaseParty, ...], matters: tuple[Matter, ...], now: int, path: str
) -> list[Violation]:
    """What is wrong with an authority to act for one of these parties; ``now`` in seconds since 1970.

    ``path`` is where it stands in the request.
    """
    found = holder_problems(given.agent, f"{path}.agent")
    party = next((party for party in parties if party.role == given.party), None)
    if party is None:
        found.append(Violation(f"{path}.party", "is no party of the case", "不是本办件的当事人"))
    elif _same(party.holder, given.agent):
        found.append(Violation(f"{path}.agent", "is the party itself", "代办人与被代办人为同一人"))
    else:
        found += _kind_problems(given, party.holder, path)
    lines = {line.id for matter in matters for line in matter.evidence if line.party == given.party}
    if not given.requirements <= lines:
        en, zh = "names evidence that the guide does not ask of the party", "含有实施清单未要求该当事人提供的材料"
        found.append(Violation(f"{path}.requirements", en, zh))
    return [*found, *_paper_problems(given, path), *_window_problems(given, now, path)]


def settled(given: Iterable[Representation], now: int, expires_time: int) -> tuple[Representation, ...]:
    """As they are stored: by party, from now on, and as long as the case can be read for, where no times are given."""
    return tuple(
        replace(
            each,
            valid_from_time=each.valid_from_time or now,
            valid_until_time=each.valid_until_time or expires_time,
        )
        for each in sorted(given, key=lambda each: each.party)
    )


def clerk_acts(operator: Operator | None, given: Iterable[Representation]) -> int | None:
    """The place of the first of them in which the operator is to act; None: in none.

    As far as a department knows its people by their identity numbers.
    """
    own = None if operator is None else operator.id.upper()
    return next((place for place, each in enumerate(given) if each.agent.id_number.upper() == own), None)


def _kind_problems(given: Representation, party: Holder, path: str) -> list[Violation]:
    """People act through an agent, or a guardian; organisations through who leads them, or a handler, all people."""
    found: list[Violation] = []
    organisation = party.id_type in ORGANISATION_ID_TYPES
    if given.kind is RepresentationKind.AGENT:
        if organisation:
            en = "is for people: an organisation acts through its legal representative or a handler"
            zh = "代办人仅限自然人委托：法人或其他组织应由法定代表人或经办人办理"
            found.append(Violation(f"{path}.kind", en, zh))
        return found
    if organisation != (given.kind is not RepresentationKind.GUARDIAN):
        found.append(Violation(f"{path}.kind", "does not suit the party", "与当事人类型不符"))
    if given.agent.id_type in ORGANISATION_ID_TYPES:
        found.append(Violation(f"{path}.agent.id_type", "must be a person's", "应为自然人"))
    return found


def _paper_problems(given: Representation, path: str) -> list[Violation]:
    """A handler is sent by the legal representative, with a paper; nobody else is sent."""
    found: list[Violation] = []
    handler = given.kind is RepresentationKind.HANDLER
    if handler != (given.authorised_by is not None):
        en, zh = "must be given for a handler, and for nobody else", "经办人应填写且仅经办人应填写"
        found.append(Violation(f"{path}.authorised_by", en, zh))
    elif given.authorised_by is not None:
        found += holder_problems(given.authorised_by, f"{path}.authorised_by")
    if given.document_digest and _DIGEST.fullmatch(given.document_digest) is None:
        en, zh = "must be the hex SHA-256 of the paper", "应为材料的 SHA-256 十六进制摘要"
        found.append(Violation(f"{path}.document_digest", en, zh))
    elif handler and not given.document_digest:
        found.append(Violation(f"{path}.document_digest", "must be given for a handler", "经办人应填写授权材料摘要"))
    return found


def _window_problems(given: Representation, now: int, path: str) -> list[Violation]:
    if given.kind in LASTING and not given.valid_until_time:
        return []
    start = given.valid_from_time or now
    if given.valid_until_time <= max(start, now):
        en, zh = "must be given, in the future and after the beginning", "不得为空，且应晚于开始时间和当前时间"
        return [Violation(f"{path}.valid_until_time", en, zh)]
    if given.kind not in LASTING and given.valid_until_time - start > MAX_REPRESENTATION_DAYS * DAY:
        en, zh = f"must be at most {MAX_REPRESENTATION_DAYS} days after the beginning", "代办授权不得超过30日"
        return [Violation(f"{path}.valid_until_time", en, zh)]
    return []


def holder_problems(holder: Holder, path: str) -> list[Violation]:
    """What is wrong with a holder by itself: id type, number with its check character, name."""
    found: list[Violation] = []
    problem = holder_id_problem(holder.id_type, holder.id_number)
    if problem is not None:
        member = "id_number" if holder.id_type in HOLDER_ID_TYPES else "id_type"
        found.append(Violation(f"{path}.{member}", problem.en, problem.zh))
    problem = name_problem(holder.name)
    if problem is not None:
        found.append(Violation(f"{path}.name", problem.en, problem.zh))
    return found


def _number_problems(number: str) -> list[Violation]:
    if not number:
        return [Violation("case.number", "must not be empty", "不得为空")]
    problem = text_problem(number, MAX_NUMBER)
    return [] if problem is None else [Violation("case.number", problem.en, problem.zh)]


def _matter_problems(new: NewCase) -> list[Violation]:
    if bool(new.matters) == bool(new.bundle):
        return [Violation("case.matters", "give either matters or a bundle", "事项与一件事应且仅应填写一项")]
    if len(new.matters) > MAX_MATTERS:
        return [_too_many("case.matters", MAX_MATTERS)]
    return [Violation(f"case.matters[{place}]", "is repeated", "重复") for place in _repeats(new.matters)]


def line_problems(new: NewCase, matters: tuple[Matter, ...]) -> list[Violation]:
    """One case asks for no more lines than can be told at once."""
    if lines_asked(matters, new.situations) <= MAX_EVIDENCE:
        return []
    en = f"ask for more than {MAX_EVIDENCE} lines together, and all are told at once: open cases of fewer matters"
    zh = f"合计所需材料超过{MAX_EVIDENCE}项，无法一次性告知，请分别开立办件"
    return [Violation("case.bundle" if new.bundle else "case.matters", en, zh)]


def _category_problems(party: CaseParty, matters: tuple[Matter, ...], path: str) -> list[Violation]:
    organisation = party.holder.id_type in ORGANISATION_ID_TYPES
    playing = [(matter, each) for matter in matters for each in matter.parties if each.id == party.role]
    categories = {each.holder_category for _, each in playing}
    if party.role == APPLICANT:
        categories |= {matter.applicant for matter, _ in playing}
    if organisation and HolderCategory.PERSON in categories:
        return [Violation(path, "must be a person's", "该当事人应为自然人")]
    if not organisation and HolderCategory.ORGANISATION in categories:
        return [Violation(path, "must be an organisation's", "该当事人应为法人或其他组织")]
    return []


def _same(one: Holder, other: Holder) -> bool:
    return (one.id_type, one.id_number) == (other.id_type, other.id_number)


def _repeats(values: Iterable[str]) -> list[int]:
    seen: set[str] = set()
    places = []
    for place, value in enumerate(values):
        if value in seen:
            places.append(place)
        seen.add(value)
    return places


def _too_many(path: str, most: int) -> Violation:
    return Violation(path, f"must have at most {most} items", f"不得超过{most}项")
