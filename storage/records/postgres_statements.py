"""The SQL that PostgreSQL alone needs: whole sets read and written by one statement each.

A set arrives as one array for each column (``unnest``), so a batch of any size costs the same few statements, each
prepared once; in binary (``%(…)b``), since arrays of bytes as text cost more than all the rest. No array is empty.
``COLLATE "C"`` is not said again: a column's collation wins over that of an array.

Every statement that replaces or removes rows divides by zero unless it met exactly the rows it was meant for. Under the
log's lock it always does; if somebody went around the lock, the database itself refuses the transaction.
"""

from typing import Final

BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
COMMIT: Final = "COMMIT"

LOCK_LOG: Final = "SELECT next FROM log_state WHERE id = 1 FOR UPDATE"
LOG_END: Final = """
SELECT coalesce((SELECT time_us FROM journal WHERE first >= 0 ORDER BY first DESC LIMIT 1), 0),
       (extract(epoch FROM clock_timestamp()) * 1000000)::int8
"""
"""A statement of its own, after the lock: the one that waits for it still sees the journal as it was before."""

LOCK_INDEX: Final = "SELECT through, high_us, late_us FROM progress WHERE id = 1 FOR UPDATE"

GET_MANY: Final = """
SELECT key, version, body FROM record WHERE kind = %(kind)s::text AND key = ANY (%(keys)b::text[])
"""

VERSIONS: Final = """
SELECT record.kind, record.key, record.version
  FROM unnest(%(kinds)b::text[], %(keys)b::text[]) AS wanted (kind, key)
  JOIN record ON record.kind = wanted.kind AND record.key = wanted.key
"""

ENTRIES: Final = """
SELECT entry.kind, entry.key, entry.name, entry.value
  FROM unnest(%(kinds)b::text[], %(keys)b::text[]) AS wanted (kind, key)
  JOIN record_index AS entry ON entry.kind = wanted.kind AND entry.key = wanted.key
"""

COUNTERS: Final = "SELECT name, value FROM counter WHERE name = ANY (%(names)b::text[])"

REQUESTS: Final = "SELECT request, body_digest FROM request WHERE request = ANY (%(requests)b::bytea[])"

DELETE_RECORDS: Final = """
WITH gone AS (
  DELETE FROM record
   USING unnest(%(kinds)b::text[], %(keys)b::text[], %(versions)b::int8[]) AS old (kind, key, version)
   WHERE record.kind = old.kind AND record.key = old.key AND record.version = old.version
  RETURNING 1)
SELECT 1 / (count(*) = %(count)s)::int FROM gone
"""

REPLACE_RECORDS: Final = """
WITH changed AS (
  UPDATE record SET version = new.version, body = new.body
    FROM unnest(%(kinds)b::text[], %(keys)b::text[], %(olds)b::int8[], %(versions)b::int8[], %(bodies)b::bytea[])
      AS new (kind, key, old, version, body)
   WHERE record.kind = new.kind AND record.key = new.key AND record.version = new.old
  RETURNING 1)
SELECT 1 / (count(*) = %(count)s)::int FROM changed
"""

INSERT_RECORDS: Final = """
INSERT INTO record (kind, key, version, body)
SELECT * FROM unnest(%(kinds)b::text[], %(keys)b::text[], %(versions)b::int8[], %(bodies)b::bytea[])
"""

DELETE_ENTRIES: Final = """
DELETE FROM record_index AS entry
 USING unnest(%(kinds)b::text[], %(names)b::text[], %(values)b::bytea[], %(keys)b::text[])
         AS old (kind, name, value, key)
 WHERE entry.kind = old.kind AND entry.name = old.name AND entry.value = old.value AND entry.key = old.key
"""

INSERT_ENTRIES: Final = """
INSERT INTO record_index (kind, name, value, key)
SELECT * FROM unnest(%(kinds)b::text[], %(names)b::text[], %(values)b::bytea[], %(keys)b::text[])
"""

SET_COUNTERS: Final = """
INSERT INTO counter (name, value) SELECT * FROM unnest(%(names)b::text[], %(values)b::int8[])
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""

INSERT_REQUESTS: Final = """
INSERT INTO request (request, body_digest, answer, time_us)
SELECT * FROM unnest(%(requests)b::bytea[], %(digests)b::bytea[], %(answers)b::bytea[], %(times)b::int8[])
"""

APPEND: Final = """
WITH added AS (
  INSERT INTO journal (first, count, time_us, body)
  SELECT * FROM unnest(%(firsts)b::int8[], %(counts)b::int8[], %(times)b::int8[], %(bodies)b::bytea[])),
moved AS (
  UPDATE log_state SET next = %(next)s WHERE id = 1 AND next = %(known)s RETURNING 1)
SELECT 1 / (SELECT count(*) FROM moved)
"""

FORGET: Final = """
WITH gone AS (
  DELETE FROM request WHERE request IN (
    SELECT request FROM request WHERE time_us < %(before)s ORDER BY time_us LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
  RETURNING 1)
SELECT count(*) FROM gone
"""
"""Rows that another recorder forgets at the same time are left to it, so that the two cannot wait for each other."""

ADD_MOMENTS: Final = """
INSERT INTO moment (position, time_us, high_us)
SELECT * FROM unnest(%(positions)b::int8[], %(times)b::int8[], %(highs)b::int8[])
"""

ADD_POSTINGS: Final = """
INSERT INTO posting (name, value, position)
SELECT * FROM unnest(%(names)b::text[], %(values)b::bytea[], %(positions)b::int8[])
"""

CLEAR_INDEX: Final = "TRUNCATE posting, moment"
"""Its lock waits for readers and they for it, within the bounds of both; it frees the space at once."""
