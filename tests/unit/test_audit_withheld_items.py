"""A call that is refused after its items were allowed records that nothing was released."""

from exchange.audit.entry import ItemDraft, Outcome, RecordDraft


def test_what_was_allowed_ends_as_the_call_does_and_releases_nothing() -> None:
    draft = RecordDraft("onceonly.v1.ExchangeService/FetchLicence")
    allowed = draft.item(ItemDraft(requirement="title", fields_released=("owner",), response_digest=b"d" * 32))
    refused = draft.item(ItemDraft(requirement="marriage", outcome=Outcome.REFUSED, reasons=("CONSENT_MISSING",)))

    draft.withhold(Outcome.REFUSED, ("TRAWL_SUSPECTED",))

    assert (allowed.outcome, allowed.reasons) == (Outcome.REFUSED, ("TRAWL_SUSPECTED",))
    assert (allowed.fields_released, allowed.response_digest) == ((), b"")
    assert (refused.outcome, refused.reasons) == (Outcome.REFUSED, ("CONSENT_MISSING",))
