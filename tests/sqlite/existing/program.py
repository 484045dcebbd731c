"""A program that keeps its orders by Python's sqlite3, in the forms of another library.

    program.py make LIBRARY FILE    makes the file: the tables of LIBRARY.sql, with rows of its own
    program.py read LIBRARY FILE    reads the orders, and prints them in one form for all libraries
"""

import datetime
import decimal
import pathlib
import sqlite3
import sys
import uuid

UTC = datetime.timezone.utc


def fraction(time):
    """The fraction of a second as the crate chrono writes it: none, or three, six or nine digits."""
    micros = time.microsecond
    if micros == 0:
        return ""
    return f".{micros // 1000:03}" if micros % 1000 == 0 else f".{micros:06}"


def order(number):
    """The order of a number, as a value of Python for each column."""
    micros = [0, 123456, 120000][number]
    time = datetime.datetime(2026, 1, 5, 10, 0, number, micros)
    return {
        "key": uuid.UUID(int=10**36 + number),
        "ordered": time,
        "created": time,
        "due": datetime.date(2026, 1, 6 + number),
        "at": time.time(),
        "took": datetime.timedelta(seconds=90, microseconds=micros),
        "paid": number == 1,
        "total": decimal.Decimal(["12.50", "12.00", "0.10"][number]),
        "note": ["first", "second", "third"][number],
    }


# For each library how it writes an order, and how it reads one: what is not named here is not in its table.
LIBRARIES = {
    "django": {
        "table": "shop_order",
        "write": {
            "key": lambda key: key.hex,
            "ordered": str,
            "due": str,
            "at": str,
            "took": lambda took: took // datetime.timedelta(microseconds=1),
            "paid": bool,
            "total": lambda total: format(total, "f"),
            "note": str,
        },
        "read": {
            "key": lambda text: uuid.UUID(hex=text),
            "ordered": datetime.datetime.fromisoformat,
            "due": datetime.date.fromisoformat,
            "at": datetime.time.fromisoformat,
            "took": lambda micros: datetime.timedelta(microseconds=micros),
            "paid": bool,
            "total": lambda number: decimal.Decimal(str(number)),
            "note": str,
        },
    },
    "rails": {
        "table": "orders",
        "write": {
            "key": str,
            "ordered": lambda time: time.strftime("%Y-%m-%d %H:%M:%S.%f"),
            "due": str,
            "paid": int,
            "total": float,
            "note": str,
        },
        "read": {
            "key": uuid.UUID,
            "ordered": lambda text: datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f"),
            "due": datetime.date.fromisoformat,
            "paid": bool,
            "total": lambda number: decimal.Decimal(str(number)),
            "note": str,
        },
    },
    "sqlx": {
        "table": "orders",
        "write": {
            "key": lambda key: key.bytes,
            "ordered": lambda time: time.strftime("%Y-%m-%dT%H:%M:%S") + fraction(time) + "+00:00",
            "created": lambda time: int(time.replace(tzinfo=UTC).timestamp()),
            "due": str,
            "at": lambda at: at.strftime("%H:%M:%S") + fraction(at),
            "took": lambda took: took // datetime.timedelta(milliseconds=1),
            "paid": bool,
            "total": lambda total: int(total.scaleb(2)),
            "note": str,
        },
        "read": {
            "key": lambda blob: uuid.UUID(bytes=blob),
            "ordered": lambda text: datetime.datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None),
            "due": datetime.date.fromisoformat,
            "at": datetime.time.fromisoformat,
            "took": lambda millis: datetime.timedelta(milliseconds=millis),
            "paid": bool,
            "total": lambda cents: decimal.Decimal(cents).scaleb(-2),
            "note": str,
        },
    },
}


def make(library, path):
    form = LIBRARIES[library]
    script = pathlib.Path(__file__).with_name(f"{library}.sql").read_text()
    connection = sqlite3.connect(path)
    for statement in script.split(";\n"):
        if not statement.replace('"', "").startswith(f"INSERT INTO {form['table']} "):
            connection.execute(statement)
    for number in range(3):
        values = {name: write(order(number)[name]) for name, write in form["write"].items()}
        values["customer_id"] = 1
        names, places = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
        connection.execute(f'INSERT INTO {form["table"]} ({names}) VALUES ({places})', list(values.values()))
    connection.commit()


def read(library, path):
    form = LIBRARIES[library]
    connection = sqlite3.connect(path)
    names = ", ".join(f'"{name}"' for name in form["read"])
    for row in connection.execute(f'SELECT {names} FROM {form["table"]} ORDER BY note'):
        values = [read(value) for read, value in zip(form["read"].values(), row)]
        shown = [value.normalize() if isinstance(value, decimal.Decimal) else value for value in values]
        print(" | ".join(format(value, "f") if isinstance(value, decimal.Decimal) else str(value) for value in shown))


{"make": make, "read": read}[sys.argv[1]](*sys.argv[2:])
