"""Prints what SQLAlchemy's Inspector answers about the schemas in the folder `data`, as JSON.

    pip install -r requirements.txt
    python3 answers.py > data/sqlalchemy.json
"""

import json
import pathlib
import sqlite3
import warnings

import sqlalchemy
import sqlalchemy.dialects.sqlite
from sqlalchemy import exc
from sqlalchemy.engine.reflection import Inspector

# An index on an expression is left out with a warning.
warnings.simplefilter("ignore")


DIALECT = sqlalchemy.dialects.sqlite.dialect()


def foreign_key(found):
    return {
        "name": found["name"],
        "table": found["referred_table"],
        "targets": found["referred_columns"],
        "options": found["options"],
    }


def column(found):
    computed = found.get("computed")
    return {
        "type": "" if str(found["type"]) == "NULL" else found["type"].compile(dialect=DIALECT),
        "nullable": found["nullable"],
        "default": found["default"],
        "key": found["primary_key"],
        "generated": computed and computed["sqltext"],
        "stored": bool(computed and computed["persisted"]),
    }


def index(found):
    where = found["dialect_options"].get("sqlite_where")
    return {"columns": found["column_names"], "unique": bool(found["unique"]), "where": None if where is None else str(where)}


def table(inspector, name, schema):
    """What is known of a table. Constraints are found by their columns or their text, because they need not have names."""
    key = inspector.get_pk_constraint(name, schema)
    keys = inspector.get_foreign_keys(name, schema)
    return {
        "columns": {found["name"]: column(found) for found in inspector.get_columns(name, schema)},
        "order of columns": [found["name"] for found in inspector.get_columns(name, schema)],
        "primary key": {"name": key["name"], "columns": key["constrained_columns"]},
        "foreign keys": {", ".join(found["constrained_columns"]): foreign_key(found) for found in keys},
        "indexes": {found["name"]: index(found) for found in inspector.get_indexes(name, schema)},
        "uniques": {", ".join(found["column_names"]): found["name"] for found in inspector.get_unique_constraints(name, schema)},
        "checks": {found["sqltext"]: found["name"] for found in inspector.get_check_constraints(name, schema)},
    }


def attempt(answer):
    try:
        return answer()
    except exc.SQLAlchemyError as error:
        return f"{type(error).__name__}"


def answers(script):
    raw = sqlite3.connect(":memory:")
    raw.executescript(script)
    engine = sqlalchemy.create_engine("sqlite://", creator=lambda: raw, poolclass=sqlalchemy.pool.StaticPool)
    inspector = sqlalchemy.inspect(engine)
    schemas = {}
    for schema in inspector.get_schema_names():
        views = inspector.get_view_names(schema)
        schemas[schema] = {
            "tables": {name: attempt(lambda: table(inspector, name, schema)) for name in inspector.get_table_names(schema)},
            "views": {
                name: {
                    "definition": attempt(lambda: inspector.get_view_definition(name, schema)),
                    "columns": attempt(lambda: [found["name"] for found in inspector.get_columns(name, schema)]),
                }
                for name in views
            },
        }
    order = inspector.get_sorted_table_and_fkc_names()
    return {
        "default schema": inspector.default_schema_name,
        "schemas": schemas,
        "temporary tables": {name: table(inspector, name, "temp") for name in inspector.get_temp_table_names()},
        "temporary views": sorted(inspector.get_temp_view_names()),
        # The foreign keys of circles stand behind all tables.
        "has circles": any(name is None and keys for name, keys in order),
    }


def main():
    folder = pathlib.Path(__file__).resolve().parent / "data"
    found = {path.stem: answers(path.read_text()) for path in sorted(folder.glob("*.sql"))}
    methods = [name for name in dir(Inspector) if not name.startswith("_")]
    answer = {"version": sqlalchemy.__version__, "methods": methods, "schemas": found}
    print(json.dumps(answer, indent=1, ensure_ascii=False, sort_keys=True, default=str))


main()
