//! Reading and inserting the rows of a table.

use aio_sql::{Dialect, Executor, Row, Value, query};

use super::plan::{Pair, Step};
use super::stored::{Bound, converted};
use super::tables::quoted;
use crate::error::{Error, Result};

/// The largest number of values of one statement, which both databases accept
/// (<https://sqlite.org/limits.html#max_variable_number>).
const MAX_VALUES: usize = 32_000;

/// The largest number of rows of one statement.
const MAX_ROWS: usize = 500;

/// The number of bytes from which on the rows that were read are inserted.
const MAX_BYTES: usize = 4 << 20;

/// Rows that were read and not inserted yet.
#[derive(Default)]
struct Chunk {
    values: Vec<Value>,
    rows: usize,
    bytes: usize,
}

/// Copies all rows of a table, a few at a time. Calls `inserted` with the number of the rows of
/// each statement. Returns the number of all rows.
///
/// # Errors
/// Those of the databases, with the table and the numbers of the rows in the order in which they
/// are read; also if a value does not fit into its column.
pub(super) async fn copy(
    source: &Executor,
    target: &Executor,
    step: &Step,
    inserted: &mut (dyn FnMut(u64) + Send),
) -> Result<u64> {
    let names: Vec<String> = step.columns.iter().map(|pair| quoted(&pair.source)).collect();
    let text = format!("SELECT {} FROM {}", names.join(", "), quoted(&step.source));
    let mut rows = query(text).stream::<Row>(source);
    let insert = Insert::new(target.dialect(), step);
    let max_rows = (MAX_VALUES / step.columns.len()).clamp(1, MAX_ROWS);
    let (mut chunk, mut total) = (Chunk::default(), 0);
    while let Some(row) = rows.next().await {
        let row = row.map_err(|error| Error::from(error).at(format_args!("reading {}", step.source)))?;
        total += 1;
        for (value, pair) in row.values().iter().zip(&step.columns) {
            chunk.bytes += bytes_of(value);
            chunk.values.push(fitting(value.clone(), pair, step, total)?);
        }
        chunk.rows += 1;
        if chunk.rows == max_rows || chunk.bytes >= MAX_BYTES {
            inserted(insert.run(target, std::mem::take(&mut chunk), total).await?);
        }
    }
    if chunk.rows > 0 {
        inserted(insert.run(target, chunk, total).await?);
    }
    Ok(total)
}

fn fitting(value: Value, pair: &Pair, step: &Step, row: u64) -> Result<Value> {
    converted(value, &pair.from, &pair.to)
        .map_err(|reason| Error::new(format!("{}.{}, row {row}: {reason}", step.target, pair.target)))
}

fn bytes_of(value: &Value) -> usize {
    let outside = match value {
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
        _ => 0,
    };
    size_of::<Value>() + outside
}

/// The statement that inserts rows.
struct Insert<'s> {
    dialect: Dialect,
    table: &'s str,
    columns: usize,
    /// The text before the values.
    head: String,
}

impl<'s> Insert<'s> {
    fn new(dialect: Dialect, step: &'s Step) -> Insert<'s> {
        let names: Vec<String> = step.columns.iter().map(|pair| quoted(&pair.target)).collect();
        // The numbers of the source are kept, also where the target always gives its own.
        let keeps = if dialect == Dialect::Postgres { " OVERRIDING SYSTEM VALUE" } else { "" };
        let head = format!("INSERT INTO {} ({}){keeps} VALUES ", quoted(&step.target), names.join(", "));
        Insert { dialect, table: &step.target, columns: step.columns.len(), head }
    }

    /// Inserts rows, of which the last one has the number `last`. Returns how many they are.
    async fn run(&self, target: &Executor, chunk: Chunk, last: u64) -> Result<u64> {
        let rows = chunk.rows as u64;
        let mut statement = query(self.text(chunk.rows));
        for value in chunk.values {
            statement = statement.bind(Bound(value));
        }
        let outcome = statement.execute(target).await.map_err(|error| {
            let place = format!("{}, rows {} to {last}", self.table, last + 1 - rows);
            Error::from(error).at(place)
        })?;
        if outcome.rows_affected != rows {
            let message = format!("{}: {} of {rows} rows were inserted", self.table, outcome.rows_affected);
            return Err(Error::new(message).help("a trigger or rule of the target leaves rows out"));
        }
        Ok(rows)
    }

    fn text(&self, rows: usize) -> String {
        let mut text = self.head.clone();
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..self.columns {
                text.push_str(if column == 0 { "" } else { ", " });
                match self.dialect {
                    Dialect::Postgres => text += &format!("${}", row * self.columns + column + 1),
                    _ => text.push('?'),
                }
            }
            text.push(')');
        }
        text
    }
}
