"""What is asked of the stores before a hub starts: whoever cannot keep its promises is refused with a sentence.

Rules:
1. The journal is never behind what was published: serving from an older copy would fork the log.
2. The keys here are those of the hub whose stores these are.
3. A server's clock and this machine's are the same within a minute: tokens, receipts and the log tell the time.
"""

from contextlib import ExitStack
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.audit.errors import LogForkError, ProofError
from exchange.audit.proofs import PublishedLog, log_key
from exchange.config import Config, ConfigError
from exchange.stores import open_objects, open_records
from signer.note import NoteKey
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects
from storage.records.interface import Records

MOST_SKEW_SECONDS: Final = 60.0


def check_stores(config: Config, log_public: Ed25519PublicKey) -> None:
    """Open every store and look at it; ``log_public`` is the log's key as this machine has it.

    Raises ``ConfigError`` for a store that is not this hub's or cannot do what is needed, ``LogForkError`` if the
    journal is behind the published log, ``StorageUnavailableError`` if one does not answer.
    """
    with ExitStack() as held:
        objects = open_objects(config)
        held.callback(objects.close)
        records = open_records(config, read_only=True)
        held.callback(records.close)
        key = hub_log_key(config, objects)
        if key.public != log_public:
            raise ConfigError(
                [f"The keys of this machine are not those of the hub in {config.objects.url or 'these stores'}."]
            )
        check_journal(records, objects, key)


def hub_log_key(config: Config, objects: Objects) -> NoteKey:
    """The log's key as published; raises ``ConfigError`` if the objects hold no hub."""
    try:
        return log_key(objects)
    except ObjectNotFoundError:
        where = config.objects.url or f"{config.hub.data_dir}/objects"
        raise ConfigError([f"{where} holds no hub: run `onceonly init`, or restore it from a backup."]) from None


def check_journal(records: Records, objects: Objects, key: NoteKey) -> None:
    """Refuse a journal that is shorter than the published log; raises ``LogForkError``, ``LogCorruptError``."""
    try:
        size = PublishedLog(objects, key).checkpoint()[0].size
    except ProofError:
        return  # nothing is published yet
    length = records.journal_length()
    if length < size:
        raise LogForkError(
            f"the journal holds {length} entries, but {size} are published: restore the journal from the copy that "
            "holds them before serving; going on would fork the log"
        )
