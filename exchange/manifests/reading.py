"""Reading the manifests of one's own department; whoever is a counter there sees all of them."""

from exchange.call import Call
from exchange.entities.catalogue import Purpose
from exchange.entities.manifest import Manifest
from exchange.entities.page import Page
from exchange.manifests.room import ManifestRoom, find_manifest, manifests_of


def get_manifest(call: Call, room: ManifestRoom, manifest_id: str) -> Manifest:
    """A manifest of the caller's department. Raises ``RefusedError(EVIDENCE_OBJECT_UNKNOWN)``."""
    call.draft.purpose = Purpose.SERVICE.value
    return find_manifest(call, room, manifest_id).manifest


def list_manifests(call: Call, room: ManifestRoom, *, after: str, limit: int) -> Page[Manifest]:
    """A page of the manifests of the caller's department, oldest first, those that are over among them."""
    call.draft.purpose = Purpose.SERVICE.value
    return manifests_of(room, call.caller.department.uscc, after=after, limit=limit)
