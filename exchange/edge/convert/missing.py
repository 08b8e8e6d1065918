"""Missing evidence: promises, uploads and what became of a case's lines."""

from onceonly.v1 import case_service_pb2 as pb

from exchange.cases.deferring import NewDeferral
from exchange.cases.materials import Upload
from exchange.cases.signing import NewPromise
from exchange.edge.convert.values import enum_member, enum_value, timestamp
from exchange.entities.catalogue import EntityKind
from exchange.entities.evidence import EvidenceForm, Language, LineEvidence, Material, MediaType, Signature

_DISPUTES = "disputes/"
_MEDIA_TYPES = {each.value: each for each in MediaType}
_LANGUAGES = {each.value: each for each in Language}


def line_name(message: pb.EvidenceName) -> tuple[str, str]:
    """(matter code, requirement); a matter may be given as ``matters/{code}`` too."""
    return matter_code(message.matter), message.requirement


def matter_code(text: str) -> str:
    """The code in ``matters/{code}`` or the code itself."""
    return text.removeprefix(f"{EntityKind.MATTER}/")


def new_deferral(request: pb.DeferEvidenceRequest) -> NewDeferral:
    return NewDeferral(
        lines=tuple(line_name(line) for line in request.lines),
        form=enum_member(EvidenceForm, pb.EvidenceForm.Name(request.form)),
        deadline=request.deadline.seconds,
        promise=new_promise(request.promise),
    )


def new_promise(message: pb.Promise) -> NewPromise:
    return NewPromise(
        text_digest=message.text_digest,
        language=_LANGUAGES.get(message.language),
        signature=enum_member(Signature, pb.Signature.Name(message.signature)),
        paper=upload(message.paper) if message.HasField("paper") else None,
    )


def upload(message: pb.Upload | pb.SubmitEvidenceRequest) -> Upload:
    """The file in a message that carries one."""
    return Upload(_MEDIA_TYPES.get(message.media_type), message.content, message.sha256)


def material_message(material: Material) -> pb.Material:
    return pb.Material(
        digest=material.digest,
        media_type=material.media_type.value,
        size=material.size,
        time=timestamp(material.time),
    )


def line_evidence_message(line: LineEvidence) -> pb.LineEvidence:
    deferral, commitment = line.deferral, line.commitment
    signed = commitment or (deferral.promise if deferral is not None else None)
    return pb.LineEvidence(
        matter=line.matter,
        requirement=line.requirement,
        materials=[material_message(material) for material in line.materials],
        deferred_until=timestamp(deferral.deadline) if deferral is not None else None,
        form=enum_value(EvidenceForm, deferral.form) if deferral is not None else None,
        deferral_ended_time=timestamp(deferral.ended_time) if deferral is not None else None,
        lapsed=deferral is not None and deferral.lapsed,
        committed_time=timestamp(commitment.time) if commitment is not None else None,
        text_digest=signed.text_digest if signed is not None else "",
        dispute=f"{_DISPUTES}{line.dispute}" if line.dispute else "",
    )
