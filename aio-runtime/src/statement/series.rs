//! Series of values as a table.

use std::time::Duration;

use super::record::NamesColumns;
use super::table_function::TableFunction;
use crate::expr::{Call, Function, Node};
use crate::table::TableOf;
use crate::types::{HasDate, SqlType};
use crate::value::Value;

/// A type of which [`generate_series`] makes a series: `i64`, dates, and points in time.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Record, Result, generate_series};
/// use std::time::{Duration, SystemTime};
///
/// #[derive(Record, Debug, PartialEq)]
/// # #[record(crate = "aio_runtime")]
/// struct Hour {
///     begin: SystemTime,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = Database::memory().await?;
/// let (first, hour) = (SystemTime::UNIX_EPOCH, Duration::from_secs(3600));
/// let hours = generate_series(Hour, first, first + 23 * hour, hour).select();
/// assert_eq!(hours.count(&db).await?, 24);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "there is no series of `{Self}`",
    label = "expected an `i64`, a date or a point in time"
)]
pub trait SeriesValue: SqlType {
    /// The distance between two values: an `i64`, or a [`Duration`] for dates and points in time.
    type Step;

    /// Returns the distance as a number, for times in nanoseconds.
    #[doc(hidden)]
    fn step(step: Self::Step) -> i64;
}

impl SeriesValue for i64 {
    type Step = i64;

    fn step(step: i64) -> i64 {
        step
    }
}

#[diagnostic::do_not_recommend]
impl<V: HasDate> SeriesValue for V {
    type Step = Duration;

    fn step(step: Duration) -> i64 {
        i64::try_from(step.as_nanos()).unwrap_or(i64::MAX)
    }
}

/// Returns a table with a row for each value from `first` to `last`, at the distance `step`. The
/// only field of the record names the column.
///
/// There are no rows if `last` comes before `first`, or after it if `step` is negative. A date
/// needs a step of whole days. The table can be queried by itself or joined, for example to have a
/// row for each day, also for days without orders.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Record, Result, Table, count, generate_series};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Seat { #[column(primary_key)] number: i64, guest: String }
/// #[derive(Record, Debug, PartialEq)]
/// # #[record(crate = "aio_runtime")]
/// struct Number {
///     number: i64,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = Database::memory().await?;
/// # db.create(Seat).await?;
/// Seat::insert(Seat { number: 2, guest: "Dana".into() }).execute(&db).await?;
/// let free: Vec<i64> = generate_series(Number, 1, 4, 1)
///     .select()
///     .left_join_on(Seat, Seat::NUMBER.eq(Number::NUMBER))
///     .filter(Seat::NUMBER.is_null())
///     .order_by(Number::NUMBER)
///     .columns(Number::NUMBER)
///     .all(&db)
///     .await?;
/// assert_eq!(free, [1, 3, 4]);
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// The verb that runs the query fails with [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the
/// step is zero or no number of whole days between dates, and if there are more than a million
/// dates or times.
pub fn generate_series<R, V>(_record: TableOf<R>, first: V, last: V, step: V::Step) -> TableFunction<R, ()>
where
    R: NamesColumns<Columns = (V,)>,
    V: SeriesValue,
{
    let step = Node::Value(Value::Integer(V::step(step)), None);
    let arguments = vec![Node::stored(first.into_value(), V::TYPE), Node::stored(last.into_value(), V::TYPE), step];
    TableFunction::of_call(Call::new(Function::Series(V::TYPE), arguments))
}
