"""Prints what SQLAlchemy's Inspector answers about the schemas in the folder `data`, as JSON.

    pip install -r requirements.txt
    python3 answers.py postgresql+psycopg://user@/postgres?host=/run/postgresql > data/sqlalchemy.json

Each schema is created in a database of its own, which is dropped again. The server has to run with
the locale C.UTF-8.
"""

import json
import pathlib
import sys
import warnings

import sqlalchemy
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.reflection import Inspector

# An expression of an index that has no column is reported with a warning.
warnings.simplefilter("ignore")

DIALECT = postgresql.dialect()
ADDRESS = sqlalchemy.make_url(sys.argv[1])
FOLDER = pathlib.Path(__file__).resolve().parent


def script(path):
    text = path.read_text()
    # The tables of the texts, which are what the library writes for its structs.
    return text.split("\n-- ", 1)[0] if path.parent.name == "texts" else text


def column(found):
    computed, identity = found.get("computed"), found.get("identity")
    return {
        "type": found["type"].compile(dialect=DIALECT),
        "nullable": found["nullable"],
        "default": None if computed or identity else found["default"],
        "numbered": bool(found["autoincrement"]) or identity is not None,
        "identity": identity and ("always" if identity["always"] else "by default"),
        "generated": computed and computed["sqltext"],
        "comment": found["comment"],
    }


def foreign_key(found):
    return {
        "name": found["name"],
        "schema": found["referred_schema"],
        "table": found["referred_table"],
        "targets": found["referred_columns"],
        "options": found["options"],
        "comment": found["comment"],
    }


def index(found):
    options = found.get("dialect_options", {})
    return {
        "parts": found.get("expressions") or found["column_names"],
        "unique": bool(found["unique"]),
        "where": options.get("postgresql_where"),
        "included": options.get("postgresql_include", []),
        "method": options.get("postgresql_using", "btree"),
        "classes": options.get("postgresql_ops", {}),
        "nulls distinct": not options.get("postgresql_nulls_not_distinct", False),
        "sorting": found.get("column_sorting", {}),
    }


def unique(found):
    options = found.get("dialect_options", {})
    return {
        "columns": found["column_names"],
        "included": options.get("postgresql_include", []),
        "nulls distinct": not options.get("postgresql_nulls_not_distinct", False),
        "comment": found["comment"],
    }


def check(found):
    return {
        "condition": found["sqltext"],
        "validated": not found.get("dialect_options", {}).get("not_valid", False),
        "inherited": not found.get("dialect_options", {}).get("no_inherit", False),
        "comment": found["comment"],
    }


def table(inspector, name, schema):
    key = inspector.get_pk_constraint(name, schema)
    # The index of a constraint is the constraint. That of an EXCLUDE is told by nothing else.
    plain = [found for found in inspector.get_indexes(name, schema) if "duplicates_constraint" not in found]
    return {
        "columns": {found["name"]: column(found) for found in inspector.get_columns(name, schema)},
        "order of columns": [found["name"] for found in inspector.get_columns(name, schema)],
        "primary key": {"name": key["name"], "columns": key["constrained_columns"], "comment": key.get("comment")},
        "foreign keys": {found["name"]: foreign_key(found) for found in inspector.get_foreign_keys(name, schema)},
        "indexes": {found["name"]: index(found) for found in plain},
        "uniques": {found["name"]: unique(found) for found in inspector.get_unique_constraints(name, schema)},
        "checks": {found["name"]: check(found) for found in inspector.get_check_constraints(name, schema)},
        "comment": inspector.get_table_comment(name, schema)["text"],
    }


def view(inspector, name, schema):
    return {
        "definition": inspector.get_view_definition(name, schema),
        "columns": [found["name"] for found in inspector.get_columns(name, schema)],
        "indexes": {found["name"]: index(found) for found in inspector.get_indexes(name, schema)},
        "comment": inspector.get_table_comment(name, schema)["text"],
    }


def domain(found):
    checks = {check["name"]: check["check"] for check in found["constraints"]}
    keys = ("type", "nullable", "default")
    return {"checks": checks, "collation": found["collation"], **{key: found[key] for key in keys}}


def answers(engine):
    inspector = sqlalchemy.inspect(engine)
    schemas = {}
    for schema in inspector.get_schema_names():
        if schema == "information_schema":
            continue
        views = {name: view(inspector, name, schema) for name in inspector.get_view_names(schema)}
        materialized = {name: view(inspector, name, schema) for name in inspector.get_materialized_view_names(schema)}
        schemas[schema] = {
            "tables": {name: table(inspector, name, schema) for name in inspector.get_table_names(schema)},
            "views": views,
            "materialized views": materialized,
            "sequences": {name: True for name in inspector.get_sequence_names(schema)},
            "enums": {found["name"]: found["labels"] for found in inspector.get_enums(schema)},
            "domains": {found["name"]: domain(found) for found in inspector.get_domains(schema)},
        }
    order = inspector.get_sorted_table_and_fkc_names()
    return {
        "default schema": inspector.default_schema_name,
        "schemas": schemas,
        # The foreign keys of circles stand behind all tables.
        "has circles": any(name is None and keys for name, keys in order),
    }


def answers_of(path):
    admin = sqlalchemy.create_engine(ADDRESS, isolation_level="AUTOCOMMIT")
    name = f"answers_{path.stem}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"drop database if exists {name}")
        connection.exec_driver_sql(f"create database {name}")
    engine = sqlalchemy.create_engine(ADDRESS.set(database=name))
    with engine.begin() as connection:
        # Without parameters the driver accepts several statements.
        connection.connection.driver_connection.execute(script(path))
    found = answers(engine)
    engine.dispose()
    with admin.connect() as connection:
        connection.exec_driver_sql(f"drop database {name}")
    admin.dispose()
    return found


def main():
    paths = sorted((FOLDER / "data").glob("*.sql")) + [FOLDER.parent / "texts" / "postgres.sql"]
    found = {path.stem: answers_of(path) for path in paths}
    methods = [name for name in dir(Inspector) if not name.startswith("_")]
    answer = {"version": sqlalchemy.__version__, "methods": methods, "schemas": found}
    print(json.dumps(answer, indent=1, ensure_ascii=False, sort_keys=True, default=str))


main()
