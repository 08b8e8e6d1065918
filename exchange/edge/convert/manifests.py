"""Manifests."""

from onceonly.v1 import manifest_service_pb2 as pb

from exchange.catalogue.names import format_entry_name
from exchange.edge.convert.cases import parse_case_name
from exchange.edge.convert.missing import matter_code
from exchange.edge.convert.values import enum_value, set_by_hub, timestamp
from exchange.entities.catalogue import EntityKind
from exchange.entities.manifest import Manifest, ManifestItem, ManifestState
from exchange.errors import InvalidError

_BY_CALLER = frozenset({"items", "reason", "until_time"})


def manifest_items(message: pb.Manifest) -> tuple[ManifestItem, ...]:
    """The lines that are proposed; raises ``InvalidError`` when the caller sets what only the hub may."""
    wrong = set_by_hub(message, "manifest", _BY_CALLER)
    if wrong:
        raise InvalidError(tuple(wrong))
    return tuple(
        ManifestItem(
            parse_case_name(item.case, f"manifest.items[{place}].case"), matter_code(item.matter), item.requirement
        )
        for place, item in enumerate(message.items)
    )


def manifest_message(manifest: Manifest, now: int) -> pb.Manifest:
    """As its department sees it at ``now`` (seconds since 1970)."""
    message = listed_message(manifest, now)
    for item in manifest.items:
        matter = format_entry_name(EntityKind.MATTER, item.matter) if item.matter else ""
        message.items.add(case=f"cases/{item.case}", requirement=item.requirement, matter=matter)
    return message


def listed_message(manifest: Manifest, now: int) -> pb.Manifest:
    """As a list shows it: how far it is, and none of its lines."""
    return pb.Manifest(
        name=f"manifests/{manifest.id}",
        reason=manifest.reason,
        until_time=timestamp(manifest.until_time),
        proposed_time=timestamp(manifest.proposed_time),
        approved_time=timestamp(manifest.approved_time),
        state=enum_value(ManifestState, manifest.state(now)),
        withdrawn_time=timestamp(manifest.withdrawn_time),
        item_count=len(manifest.items),
        case_count=manifest.cases,
    )
