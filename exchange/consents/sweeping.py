"""Codes that nobody redeemed: taken away some minutes after they have ended.

Rules:
1. A code is put on the list of what is due by the unit that makes it, and taken off by the one that redeems it.
2. What was redeemed stays: it is the record of who was there. Each step replaces the record, so version 1 was never
   redeemed; a redeeming that is under way and this one exclude each other.
3. Nothing is opened, so codes of a holder whose data were erased go as well.
"""

from exchange.call import Call
from exchange.consents.store import CODE, PRESENTATION
from storage.records.changes import Delete
from storage.records.interface import Records

_NEVER_REDEEMED = 1


def sweep_code(call: Call, records: Records, subject: str) -> None:
    """Take away a code that was never redeemed: the handler of ``DueKind.PRESENTATION_CODE``.

    ``subject`` is ``Presentation.sweep``'s. Does nothing where it was redeemed or is gone.
    """
    presentation, _, tag = subject.partition("/")
    call.draft.resource = f"presentations/{presentation}"
    for kind, key in ((PRESENTATION, presentation), (CODE, tag)):
        record = records.get(kind, key)
        if record is None or record.version != _NEVER_REDEEMED:
            return
        call.change(Delete(kind, key, _NEVER_REDEEMED))
