"""A copy of the whole log that ``offline.verify_log`` checks without the hub.

The folder holds what is published (``checkpoint``, ``cosigned``, ``tile/…``) with the log's ``vkey``; for an auditor
whose mandate covers all departments also ``entries.jsonl``: every entry with the salt that opens its commitment.
"""

from collections.abc import Callable
from pathlib import Path

from exchange.audit import journal
from exchange.audit.entry_lines import write_line
from exchange.audit.errors import LogCorruptError
from exchange.audit.log_files import ENTRIES, VKEY
from exchange.audit.proofs import PREFIX, PublishedLog
from exchange.audit.tile_levels import level_tiles
from signer.commitment import COMMITMENT_BYTES
from signer.merkle import HASH_BYTES
from signer.tiles import TILE_WIDTH, Tile, bundle_path, tile_path
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects
from storage.records.interface import Records


def export_log(
    folder: Path,
    log: PublishedLog,
    objects: Objects,
    records: Records | None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Copy the log as of its latest checkpoint into an empty or new folder; returns its size.

    ``records`` None: only what is public. ``progress`` is told entries done and in all. Raises ``FileExistsError`` for
    a folder that holds something, else what reading the log and writing files raise (``AuditError``, ``StorageError``,
    ``OSError``).
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: name a new folder")
    checkpoint, note = log.checkpoint()
    level = 0
    while checkpoint.size >> 8 * level:
        for tile in level_tiles(checkpoint.size, level):
            if level == 0:
                _copy(objects, folder, bundle_path, tile, COMMITMENT_BYTES + 2)
                if progress is not None:
                    progress(tile.index * TILE_WIDTH + tile.width, checkpoint.size)
            _copy(objects, folder, tile_path, tile, HASH_BYTES)
        level += 1
    if records is not None:
        _write_entries(folder, records, checkpoint.size)
    (folder / VKEY).write_text(f"{log.verifier_key}\n", "utf-8")
    (folder / "checkpoint").write_bytes(note.encode("utf-8"))
    cosigned = log.cosigned()
    if cosigned is not None and cosigned[0].size <= checkpoint.size:
        (folder / "cosigned").write_bytes(cosigned[1].encode("utf-8"))
    return checkpoint.size


def _copy(objects: Objects, folder: Path, path: Callable[[Tile], str], tile: Tile, item_bytes: int) -> None:
    try:
        content = objects.get(PREFIX + path(tile))
    except ObjectNotFoundError:
        try:
            content = objects.get(PREFIX + path(Tile(tile.level, tile.index)))[: tile.width * item_bytes]
        except ObjectNotFoundError as error:
            raise LogCorruptError(f"the published log lacks {path(tile)}") from error
    target = folder / path(tile)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def _write_entries(folder: Path, records: Records, size: int) -> None:
    with (folder / ENTRIES).open("wb") as file:
        for item in journal.read(records, 0, size):
            file.write(write_line(item))
