"""Round trips: several statements sent at once to PostgreSQL, all answers read at once.

Rules:
1. The connection stays in pipeline mode for its whole life, and each trip ends with a Sync and nothing after it.
   Leaving the mode would send one more message behind the Sync, which tells the server that the client is at work: then
   it never starts the clock of ``idle_in_transaction_session_timeout``, and a recorder that stands still keeps the log.
2. The first statement that fails stops those after it. A trip is all answered or all failed.
3. A transaction that is not committed ends with its connection, as after any error, and the server rolls it back.
   After a ROLLBACK, psycopg would forget its prepared statements in the wrong order and fail at the next use of one.
4. COPY cannot be used here; arrays serve instead.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Final

import psycopg
from psycopg.abc import PQGen
from psycopg.rows import TupleRow
from psycopg.waiting import Ready, Wait

from storage.records.postgres_connection import NoAnswerError, PostgresConnection

Step = tuple[str, Mapping[str, object]]
"""One statement with its parameters."""
Rows = list[TupleRow]
NOTHING: Final[Mapping[str, object]] = {}


class RoundTrips:
    """A connection used by trips alone; one thread uses it at a time."""

    def __init__(self, connection: PostgresConnection) -> None:
        self._connection = connection
        self._held = ExitStack()
        self._pipeline = self._held.enter_context(connection.pipeline())
        self.warned = False
        self.lost = False
        connection.add_notice_handler(self._listen)

    @property
    def closed(self) -> bool:
        """Whether the connection was lost or closed."""
        return self._connection.closed

    def run(self, steps: Sequence[Step]) -> list[Rows]:
        """Send all, then read all: the rows of each step. ``warned`` tells whether the server warned of anything.

        Raises ``psycopg.Error`` and closes the connection; ``lost`` tells whether it broke by itself: then the server's
        answer to what was sent is not known.
        """
        self.warned = False
        cursors: list[psycopg.Cursor[TupleRow]] = []
        try:
            for statement, parameters in steps:
                cursors.append(self._connection.cursor(binary=True))
                if parameters:
                    cursors[-1].execute(statement, parameters, prepare=True)
                else:
                    cursors[-1].execute(statement)
            self._connection.wait(_flushed(self._connection))
            self._pipeline.sync()
        except psycopg.Error:
            self.lost = self.closed
            self.close()
            raise
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]

    def found_dead(self, error: psycopg.Error) -> bool:
        """Whether the connection broke at its first use since it was last idle, as after a restart of the server."""
        return self.lost and not isinstance(error, NoAnswerError)

    def close(self) -> None:
        """Close the connection; the server rolls back what was open."""
        self._connection.close()
        with suppress(psycopg.Error):
            self._held.close()

    def _listen(self, notice: psycopg.errors.Diagnostic) -> None:
        self.warned = self.warned or notice.severity_nonlocalized == "WARNING"


def _flushed(connection: PostgresConnection) -> PQGen[None]:
    """Send all that waits: psycopg's pipeline would read for an answer with half of a large statement still unsent."""
    while connection.pgconn.flush():
        if (yield Wait.RW) & Ready.R:
            connection.pgconn.consume_input()
