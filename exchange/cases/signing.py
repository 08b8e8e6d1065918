"""The applicant's signature under a text of the hub's, as a counter brings it."""

from dataclasses import dataclass

from exchange.call import Call
from exchange.cases.material_store import MaterialStore
from exchange.cases.materials import Upload, material_of
from exchange.cases.promise import text_digest
from exchange.cases.room import CaseRoom
from exchange.cases.store import owner_party
from exchange.entities.case import Case
from exchange.entities.catalogue import Label
from exchange.entities.evidence import Language, Promise, Signature
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.reasons import Reason


@dataclass(frozen=True, slots=True)
class NewPromise:
    """What was signed: hex SHA-256 of the text, its language, how it was signed, and the signed paper if one."""

    text_digest: str
    language: Language | None
    signature: Signature | None
    paper: Upload | None


def signed(call: Call, room: CaseRoom, materials: MaterialStore, case: Case, text: Label, new: NewPromise) -> Promise:
    """The promise as it is kept; a signed paper is stored.

    Raises ``InvalidError`` with every bad field and ``RefusedError(PROMISE_CHANGED)`` if another text was signed. Not
    checked: who signed, and what stands on the paper.
    """
    problems = promise_problems(new)
    if problems:
        raise InvalidError(tuple(problems))
    if new.text_digest != text_digest(text):
        raise RefusedError(Reason.PROMISE_CHANGED, subject=f"cases/{case.id}")
    assert new.language is not None
    assert new.signature is not None
    paper = None
    if new.paper is not None:
        paper = material_of(new.paper, call.now, call.caller.name)
        materials.put(case.id, paper, new.paper.content, call.data_key(room.store.owner(owner_party(case))))
    return Promise(new.text_digest, new.language, new.signature, paper, call.now, call.caller.name)


def promise_problems(new: NewPromise) -> list[Violation]:
    """What is wrong with a signature by itself."""
    found: list[Violation] = []
    if new.language is None:
        found.append(Violation("promise.language", "must be zh or en", "应为 zh 或 en"))
    if new.signature is None:
        found.append(Violation("promise.signature", "must say how it was signed", "应注明签署方式"))
    if (new.signature is Signature.PAPER) != (new.paper is not None):
        en, zh = "goes with a signature on paper, and with no other", "仅在纸质签署时上传，且必须上传"
        found.append(Violation("promise.paper", en, zh))
    elif new.paper is not None:
        found += new.paper.problems("promise.paper")
    return found
