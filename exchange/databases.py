"""The databases' schemas: made, brought forward, and checked, wherever the configuration puts them.

Rule: the migrations' library is loaded only here, where a schema is made or checked: no worker carries it.
"""

from exchange.config import Config
from exchange.layout import layout
from exchange.stores import records_address
from storage.errors import SchemaError


def create_databases(config: Config) -> tuple[str, str]:
    """Make both databases or bring them to the newest schema; returns the revisions of records and index reached.

    Run it with no hub on, or with hubs of the version before: a migration works with both. Raises ``SchemaError`` for
    databases of a newer version, ``StorageUnavailableError``.
    """
    from storage.records import migrate, sqlite_file
    from storage.records.migrate import Database

    address = records_address(config)
    if address is not None:
        from storage.records.postgres_migrate import PostgresTarget

        target = PostgresTarget(address)
        return migrate.upgrade(target), migrate.upgrade(target, Database.INDEX)
    places = layout(config)
    sqlite_file.create(places.records)
    sqlite_file.create(places.index, Database.INDEX)
    reached = (
        migrate.current(migrate.sqlite_url(places.records)),
        migrate.current(migrate.sqlite_url(places.index), Database.INDEX),
    )
    if None in reached:
        raise SchemaError("the databases were made, but have no schema")
    return str(reached[0]), str(reached[1])


def check_databases(config: Config) -> None:
    """Refuse databases that this version cannot serve from.

    Raises ``SchemaError`` for a schema that this version does not know, ``StorageUnavailableError`` if the server does
    not answer.
    """
    from storage.records import migrate
    from storage.records.migrate import Database

    address = records_address(config)
    if address is not None:
        from storage.records.postgres_migrate import PostgresTarget

        target = PostgresTarget(address)
        migrate.check(target)
        migrate.check(target, Database.INDEX)
        return
    places = layout(config)
    migrate.check(migrate.sqlite_url(places.records))
    migrate.check(migrate.sqlite_url(places.index), Database.INDEX)
