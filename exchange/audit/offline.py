"""Verify a whole published log offline, and name the first bad entry and the file it is in.

What is read: ``checkpoint``, ``cosigned``, ``tile/…`` and, where an export lies beside them, ``entries.jsonl`` and
``vkey``. What is checked: the checkpoint's signature; the root computed from the entry bundles; every hash of every
tile; every partial tile left from earlier checkpoints; each exported entry and salt against its commitment; and, for
whoever names witnesses, that a quorum of them cosigned a tree of this log. Files that lie beyond the checkpoint (an
integrator was at work) are listed, not judged. Time-stamps are not checked, nor that the checkpoint is the newest that
the log has signed: compare it with one from elsewhere by a consistency proof.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from exchange.audit.entry_lines import EntryLine, read_lines
from exchange.audit.errors import JournalError
from exchange.audit.log_files import ENTRIES, VKEY, LogFiles, files_of, parse_name
from exchange.audit.log_report import LogReport
from exchange.audit.log_site import SiteFiles
from exchange.audit.offline_witnesses import NO_WITNESSES, Witnesses, check_cosigned, read_cosigned
from exchange.audit.tile_levels import Levels, level_tiles
from signer.checkpoint import Checkpoint, open_checkpoint
from signer.commitment import COMMITMENT_BYTES, commitment
from signer.errors import NoteError
from signer.merkle import HASH_BYTES, CompactTree, leaf_hash
from signer.note import NoteKey, parse_vkey
from signer.tiles import TILE_WIDTH, Tile, bundle_path, tile_path
from storage.objects.interface import Objects

_RECORD_BYTES = 2 + COMMITMENT_BYTES
_LENGTH = COMMITMENT_BYTES.to_bytes(2)


def verify_log(
    source: Path | Objects | SiteFiles,
    vkey: str,
    *,
    entries: Iterable[bytes] | None = None,
    witnesses: Witnesses = NO_WITNESSES,
) -> LogReport:
    """Verify a log in a folder (under ``log/`` of an object store, on a site) that the holder of ``vkey`` signs.

    ``entries``: lines of an export; None: ``entries.jsonl`` of the folder, if it is there. Raises ``NoteError`` for a
    malformed ``vkey`` and ``OSError`` or ``StorageError`` if the source cannot be read; all else is in the report.
    """
    key = parse_vkey(vkey)
    files = files_of(source)
    report = LogReport()
    checkpoint = _checkpoint(files, key, report)
    if checkpoint is None:
        return report
    report.origin, report.size, report.root = checkpoint.origin, checkpoint.size, checkpoint.root
    cosigned = read_cosigned(files, key, witnesses, report)
    if _bundles_hold(files, checkpoint, report):
        _check_tiles(files, checkpoint.size, report)
        check_cosigned(cosigned, _leaves(files, checkpoint.size, report), report)
    lines = files.lines(ENTRIES) if entries is None else entries
    if lines is not None:
        _check_entries(files, checkpoint.size, lines, report)
        if entries is None and report.ok and report.entries != checkpoint.size:
            report.add(ENTRIES, report.entries, f"holds {report.entries} entries, not {checkpoint.size}")
    return report


def _checkpoint(files: LogFiles, key: NoteKey, report: LogReport) -> Checkpoint | None:
    note = files.get("checkpoint")
    beside = files.get(VKEY)
    if beside is not None and beside != f"{key.vkey}\n".encode():
        report.add(VKEY, None, "is not the verifier key that the log is verified with")
    if note is None:
        report.add("checkpoint", None, "is missing")
        return None
    try:
        return open_checkpoint(note, key, origin=key.name)
    except NoteError as error:
        report.add("checkpoint", None, str(error))
        return None


def _leaves(files: LogFiles, size: int, report: LogReport) -> Iterator[bytes]:
    for tile in level_tiles(size, 0):
        yield from (leaf_hash(record) for record in _bundle(files, tile, report) or ())


def _bundles_hold(files: LogFiles, checkpoint: Checkpoint, report: LogReport) -> bool:
    """Whether the entry bundles give the signed root; if not, find the first entry that does not fit and its file."""
    tree = CompactTree()
    for tile in level_tiles(checkpoint.size, 0):
        records = _bundle(files, tile, report)
        if records is None:
            return False
        for record in records:
            tree.append(leaf_hash(record))
    if tree.root() == checkpoint.root:
        return True
    _locate(files, checkpoint, report)
    return False


def _bundle(files: LogFiles, tile: Tile, report: LogReport) -> list[bytes] | None:
    """The commitments of a bundle; None, with a finding, where its bytes break off or a length is wrong."""
    name = bundle_path(tile)
    content = files.get(name)
    if content is None and tile.width < TILE_WIDTH:
        full = files.get(bundle_path(Tile(0, tile.index)))
        content = None if full is None else full[: tile.width * _RECORD_BYTES]
    first = tile.index * TILE_WIDTH
    if content is None:
        report.add(name, first, "is missing")
        return None
    records = [content[at : at + _RECORD_BYTES] for at in range(0, len(content), _RECORD_BYTES)]
    for place, record in enumerate(records[: tile.width]):
        if record[:2] != _LENGTH or len(record) != _RECORD_BYTES:
            report.add(name, first + place, "the entry's length is not that of a commitment")
            return None
    if len(records) != tile.width:
        report.add(name, first + min(len(records), tile.width), f"holds {len(records)} entries, not {tile.width}")
        return None
    return [record[2:] for record in records]


def _locate(files: LogFiles, checkpoint: Checkpoint, report: LogReport) -> None:
    """The bundles do not give the root: compare them with the level-0 tiles and say which of the two is wrong."""
    from_tiles = CompactTree()
    different: tuple[str, int] | None = None
    for tile in level_tiles(checkpoint.size, 0):
        hashes = _tile(files, tile)
        records = _bundle(files, tile, report) or []
        for place, record in enumerate(records):
            stored = hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES]
            computed = leaf_hash(record)
            if stored != computed and different is None:
                different = bundle_path(tile), tile.index * TILE_WIDTH + place
            from_tiles.append(stored if len(stored) == HASH_BYTES else computed)
    if different is None:
        upper = _first_upper_difference(files, checkpoint.size)
        report.add("checkpoint", upper, "the entries agree with their tiles, but not with the signed root")
    elif from_tiles.root() == checkpoint.root:
        report.add(*different, "the commitment is not the one that the signed root covers")
    else:
        report.add(*different, "bundle and tile differ, and neither gives the signed root")


def _first_upper_difference(files: LogFiles, size: int) -> int | None:
    """Where entries were rewritten with their tiles: the first entry under an upper hash that was left as it was."""
    levels = Levels()
    for tile in level_tiles(size, 0):
        levels.add_tile(_tile(files, tile))
    for tile, expected in levels.tiles():
        stored = _tile(files, tile)
        for place in range(tile.width):
            at = slice(place * HASH_BYTES, (place + 1) * HASH_BYTES)
            if stored[at] != expected[at]:
                return (tile.index * TILE_WIDTH + place) << 8 * tile.level
    return None


def _check_tiles(files: LogFiles, size: int, report: LogReport) -> None:
    """The bundles give the signed root, so every tile, whole or partial, must hold what is computed from them."""
    partials = _old_partials(files, size, report)
    levels = Levels()
    for tile in level_tiles(size, 0):
        records = _bundle(files, tile, report)
        assert records is not None
        hashes = b"".join([leaf_hash(record) for record in records])
        bundle = b"".join([_LENGTH + record for record in records])
        levels.add_tile(hashes)
        _compare(files, tile, hashes, report)
        for old in partials.pop((0, tile.index), ()):
            _compare(files, old, hashes[: old.width * HASH_BYTES], report)
        for old in partials.pop((-1, tile.index), ()):
            _compare_bundle(files, old, bundle[: old.width * _RECORD_BYTES], report)
    for tile, expected in levels.tiles():
        _compare(files, tile, expected, report)
        for old in partials.pop((tile.level, tile.index), ()):
            _compare(files, old, expected[: old.width * HASH_BYTES], report)


def _compare(files: LogFiles, tile: Tile, expected: bytes, report: LogReport) -> None:
    stored = _tile(files, tile)
    report.tiles += 1
    if stored == expected:
        return
    place = next((at for at in range(tile.width) if _hash(stored, at) != _hash(expected, at)), tile.width)
    index = (tile.index * TILE_WIDTH + place) << 8 * tile.level
    report.add(tile_path(tile), index, "is missing" if not stored else "a hash is not that of the entries below it")


def _compare_bundle(files: LogFiles, tile: Tile, expected: bytes, report: LogReport) -> None:
    stored = files.get(bundle_path(tile)) or b""
    if stored == expected:
        return
    differing = (at for at, byte in enumerate(expected) if stored[at : at + 1] != bytes([byte]))
    place = next(differing, len(expected)) // _RECORD_BYTES
    report.add(bundle_path(tile), tile.index * TILE_WIDTH + place, "an older partial bundle holds other entries")


def _check_entries(files: LogFiles, size: int, lines: Iterable[bytes], report: LogReport) -> None:
    """Each exported entry must open its published commitment."""
    expected: int | None = None
    number, records = -1, None
    try:
        for line in read_lines(lines):
            if expected is not None and line.index != expected:
                report.add(ENTRIES, expected, f"position {line.index} stands where {expected} should be")
                return
            expected = line.index + 1
            if line.index >= size:
                report.add(ENTRIES, line.index, "lies beyond the checkpoint: publish, then export again")
                return
            if line.index // TILE_WIDTH != number:
                number = line.index // TILE_WIDTH
                records = _bundle(files, _bundle_tile(number, size), LogReport())
            report.entries += 1
            if not _opens(line, records):
                report.add(ENTRIES, line.index, "the entry and its salt do not give the published commitment")
    except JournalError as error:
        report.add(ENTRIES, 0 if expected is None else expected, str(error))


def _opens(line: EntryLine, records: list[bytes] | None) -> bool:
    return records is None or commitment(line.salt, line.entry) == records[line.index % TILE_WIDTH]


def _bundle_tile(number: int, size: int) -> Tile:
    return Tile(0, number, min(TILE_WIDTH, size - number * TILE_WIDTH))


def _tile(files: LogFiles, tile: Tile) -> bytes:
    """A tile's bytes; out of the full one if the partial is gone; empty if there is neither."""
    content = files.get(tile_path(tile))
    if content is None and tile.width < TILE_WIDTH:
        content = (files.get(tile_path(Tile(tile.level, tile.index))) or b"")[: tile.width * HASH_BYTES]
    return content or b""


def _hash(content: bytes, place: int) -> bytes:
    return content[place * HASH_BYTES : (place + 1) * HASH_BYTES]


def _old_partials(files: LogFiles, size: int, report: LogReport) -> dict[tuple[int, int], list[Tile]]:
    """Every file there is: partial tiles of earlier checkpoints by (level, index); bundles under level -1.

    What lies beyond the checkpoint is listed in the report, what is no file of a log is a finding.
    """
    found: dict[tuple[int, int], list[Tile]] = {}
    for name in files.names():
        parsed = parse_name(name)
        if parsed is None:
            report.add(name, None, "is no file of a log")
            continue
        level, tile = parsed
        reached = (size >> 8 * tile.level) - tile.index * TILE_WIDTH
        if tile.width > reached:
            report.beyond.append(name)
        elif tile.width < min(reached, TILE_WIDTH):
            found.setdefault((level, tile.index), []).append(tile)
    return found
