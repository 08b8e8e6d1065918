"""ManifestService."""

from onceonly.v1 import manifest_service_pb2 as pb

from exchange.call import Call
from exchange.edge.convert.extracts import bundle_result_message
from exchange.edge.convert.manifests import listed_message, manifest_items, manifest_message
from exchange.edge.convert.purposes import parse_name
from exchange.edge.convert.values import log_position, seconds
from exchange.edge.paging import PageTokens
from exchange.manifests.fetching import fetch_manifest
from exchange.manifests.proposing import approve_manifest, propose_manifest, withdraw_manifest
from exchange.manifests.reading import get_manifest, list_manifests
from exchange.manifests.room import ManifestRoom

_MANIFESTS = "manifests"


class ManifestServicer:
    """Bulk, for counters."""

    def __init__(self, room: ManifestRoom, tokens: PageTokens) -> None:
        self._room = room
        self._tokens = tokens

    def propose_manifest(self, call: Call, request: pb.ProposeManifestRequest) -> pb.ProposeManifestResponse:
        asked = request.manifest
        manifest = propose_manifest(call, self._room, manifest_items(asked), asked.reason, seconds(asked.until_time))
        return pb.ProposeManifestResponse(manifest=manifest_message(manifest, call.now))

    def approve_manifest(self, call: Call, request: pb.ApproveManifestRequest) -> pb.ApproveManifestResponse:
        manifest = approve_manifest(call, self._room, parse_name(request.name, _MANIFESTS))
        return pb.ApproveManifestResponse(manifest=manifest_message(manifest, call.now))

    def withdraw_manifest(self, call: Call, request: pb.WithdrawManifestRequest) -> pb.WithdrawManifestResponse:
        manifest = withdraw_manifest(call, self._room, parse_name(request.name, _MANIFESTS))
        return pb.WithdrawManifestResponse(manifest=manifest_message(manifest, call.now))

    def get_manifest(self, call: Call, request: pb.GetManifestRequest) -> pb.GetManifestResponse:
        manifest = get_manifest(call, self._room, parse_name(request.name, _MANIFESTS))
        return pb.GetManifestResponse(manifest=manifest_message(manifest, call.now))

    def list_manifests(self, call: Call, request: pb.ListManifestsRequest) -> pb.ListManifestsResponse:
        asked = self._tokens.asked(call.caller.name, b"ListManifests", request)
        page = list_manifests(call, self._room, after=asked.after, limit=asked.limit)
        return pb.ListManifestsResponse(
            manifests=[listed_message(each, call.now) for each in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def fetch_manifest(self, call: Call, request: pb.FetchManifestRequest) -> pb.FetchManifestResponse:
        fetched = fetch_manifest(call, self._room, parse_name(request.name, _MANIFESTS), request.first or 1)
        return pb.FetchManifestResponse(
            results=[bundle_result_message(one) for one in fetched.results],
            log_position=log_position(fetched.position),
            next=fetched.next,
        )
