//! The values of rows, for comparison. A decimal is compared as its text with all its decimal
//! places, `12.50`.

use std::path::Path;

use aio_sql::rusqlite::types::Value;
use aio_sql::rusqlite::{Connection, Row};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// The values of a row.
pub(crate) type Values = Vec<Value>;

/// Runs a query with plain rusqlite, and returns its rows. `places` has the number of decimal
/// places of each column; in one that has some, the integers become decimals.
pub(crate) fn by_hand(file: &Path, sql: &str, places: &[u32]) -> Vec<Values> {
    let conn = Connection::open(file).unwrap();
    let mut statement = conn.prepare(sql).unwrap();
    let width = statement.column_count();
    assert_eq!(width, places.len(), "{sql}");
    let value = |value, places| match (value, places) {
        (Value::Integer(units), 1..) => Value::Text(Decimal::new(units, places).to_string()),
        (value, _) => value,
    };
    let row = |row: &Row<'_>| (0..width).map(|at| row.get(at).map(|found| value(found, places[at]))).collect();
    let rows = statement.query_map([], row).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// A value of a typed row.
pub(crate) trait Cell {
    fn value(self) -> Value;
}

impl Cell for i64 {
    fn value(self) -> Value {
        Value::Integer(self)
    }
}

impl Cell for i32 {
    fn value(self) -> Value {
        Value::Integer(self.into())
    }
}

impl Cell for String {
    fn value(self) -> Value {
        Value::Text(self)
    }
}

impl Cell for Date {
    fn value(self) -> Value {
        Value::Text(self.to_string())
    }
}

impl Cell for Decimal {
    fn value(self) -> Value {
        Value::Text(self.to_string())
    }
}

impl<C: Cell> Cell for Option<C> {
    fn value(self) -> Value {
        self.map_or(Value::Null, C::value)
    }
}

/// A typed row.
pub(crate) trait Cells {
    fn values(self) -> Values;
}

impl Cells for Option<Decimal> {
    fn values(self) -> Values {
        vec![self.value()]
    }
}

macro_rules! rows {
    ($($name:ident)+) => {
        impl<$($name: Cell),+> Cells for ($($name,)+) {
            #[allow(non_snake_case)]
            fn values(self) -> Values {
                let ($($name,)+) = self;
                vec![$($name.value()),+]
            }
        }
    };
}

rows!(A B);
rows!(A B C);
rows!(A B C D);
rows!(A B C D E);
rows!(A B C D E F);
rows!(A B C D E F G H);
rows!(A B C D E F G H I J);
