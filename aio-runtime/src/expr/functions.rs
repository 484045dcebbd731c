//! Methods that call SQL's functions of values of one row.

use super::aggregate::Aggregate;
use super::child::Child;
use super::column::{Column, Expr};
use super::function::{DatePart, Function};
use super::node::Node;
use super::operand::{Nulls, Operand};
use super::scaled::{Factor, difference, divided, rounded, stored};
use super::scope::Guard;
use super::source::Source;
use crate::schema::Collation;
use crate::types::{
    ArrayType, ColumnType, Document, Exact, HasDate, HasTime, Nullness, Numeric, Scaled, Signed, SqlType, Textual, Type,
};
use crate::value::Value;

/// Returns the current date or time by the database's clock. All calls in one statement return the
/// same value.
///
/// The result has the stored form of `V`, so that it compares correctly with columns of that type.
/// `CURRENT_TIMESTAMP` and SQLite's `datetime('now')` return text in another form, which does not
/// compare correctly. SQLite's clock has a resolution of one millisecond. In raw SQL, capture the
/// time of the program instead: `sql!("… where {Job::DUE} <= {SystemTime::now()}")`.
///
/// ```
/// # use std::time::SystemTime;
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table, now};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct Job {
/// #     #[column(primary_key, auto)] id: i64,
/// #     due: SystemTime,
/// #     done: Option<SystemTime>,
/// # }
/// # async fn run(db: Database) -> Result<()> {
/// let due = Job::select().filter(Job::DUE.le(now::<SystemTime>())).all(&db).await?;
/// Job::update().set(Job::DONE, now::<SystemTime>()).filter(Job::ID.eq(7)).execute(&db).await?;
/// # Ok(())
/// # }
/// ```
pub fn now<V: HasDate>() -> Expr<(), V> {
    Expr::new(Node::call(Function::Now(V::TYPE), Vec::new()))
}

macro_rules! functions {
    ([$($generics:tt)*] $type:ty, $scope:ty) => {
        impl<$($generics)*> $type {
            /// Returns the value, or `other` if the value is NULL.
            pub fn coalesce<R: Operand<V::Base>>(
                self,
                other: R,
            ) -> Expr<R::With<Guard<$scope>>, <<R::Value as ColumnType>::Null as Nullness>::Of<V::Base>> {
                Expr::new(Node::call(Function::Coalesce, vec![self.into_node(), other.into_node()]))
            }

            /// Returns NULL if the value equals `other`, and the value otherwise.
            pub fn null_if<R: Operand<V::Base>>(self, other: R) -> Expr<R::With<$scope>, Option<V::Base>> {
                Expr::new(Node::call(Function::NullIf, vec![self.into_node(), other.into_node()]))
            }

            /// Returns the smaller of the two values; NULL if one of them is NULL.
            pub fn least<R: Operand<V::Base>>(self, other: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, V::Base>> {
                Expr::new(Node::call(Function::Least, vec![self.into_node(), other.into_node()]))
            }

            /// Returns the larger of the two values; NULL if one of them is NULL.
            pub fn greatest<R: Operand<V::Base>>(self, other: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, V::Base>> {
                Expr::new(Node::call(Function::Greatest, vec![self.into_node(), other.into_node()]))
            }

            /// Returns the absolute value.
            pub fn abs(self) -> Expr<$scope, V>
            where
                V::Base: Signed,
            {
                Expr::new(Node::call(Function::Abs, vec![self.into_node()]))
            }

            /// Returns the sign: -1, 0 or 1.
            pub fn sign(self) -> Expr<$scope, Nulls<V, V, i64>>
            where
                V::Base: Signed,
            {
                Expr::new(Node::call(Function::Sign, vec![self.into_node()]))
            }

            /// Divides by `other` and rounds half to even to `N` decimal places:
            /// `Item::PRICE.div_to::<2, _>(Item::PIECES)`. Returns NULL if `other` is 0.
            pub fn div_to<const N: u32, R: Factor<V::Base>>(self, other: R) -> Expr<R::With<$scope>, Option<Scaled<N>>>
            where
                V::Base: Exact,
                <R::Value as ColumnType>::Base: Exact,
                Scaled<N>: SqlType,
            {
                let places = N + <R::Value as ColumnType>::Base::SCALE;
                let power = difference(places, V::Base::SCALE);
                Expr::new(divided(self.into_node(), other.into_factor(), power))
            }

            /// Converts to `N` decimal places, rounding half to even if there are more:
            /// `(Item::PRICE * Item::TAX).round_to::<2>()`.
            pub fn round_to<const N: u32>(self) -> Expr<$scope, Nulls<V, V, Scaled<N>>>
            where
                V::Base: Exact,
                Scaled<N>: SqlType,
            {
                Expr::new(rounded(self.into_node(), V::Base::SCALE, N))
            }

            /// Returns the integer that a number is stored as: 599 for the decimal 5.99 in a
            /// column with `scale = 2`.
            pub fn stored(self) -> Expr<$scope, Nulls<V, V, i64>>
            where
                V::Base: Exact,
            {
                Expr::new(stored(self.into_node()))
            }

            /// Rounds to this number of decimal places and returns a float. Halves are rounded
            /// away from zero.
            pub fn round(self, digits: u8) -> Expr<$scope, Nulls<V, V, f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Round, vec![self.into_node(), Node::value(digits)]))
            }

            /// Rounds up to a whole number, and returns it as a float.
            pub fn ceil(self) -> Expr<$scope, Nulls<V, V, f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Ceil, vec![self.into_node()]))
            }

            /// Rounds down to a whole number, and returns it as a float.
            pub fn floor(self) -> Expr<$scope, Nulls<V, V, f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Floor, vec![self.into_node()]))
            }

            /// Rounds towards zero to a whole number, and returns it as a float.
            pub fn trunc(self) -> Expr<$scope, Nulls<V, V, f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Trunc, vec![self.into_node()]))
            }

            /// Returns the square root; NULL for a negative number.
            pub fn sqrt(self) -> Expr<$scope, Option<f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Sqrt, vec![self.into_node()]))
            }

            /// Raises the value to a power; NULL if the result is not a real number.
            pub fn power<R: Operand<f64>>(self, exponent: R) -> Expr<R::With<$scope>, Option<f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Power, vec![self.into_node(), exponent.into_node()]))
            }

            /// Returns e raised to the power of this value.
            pub fn exp(self) -> Expr<$scope, Option<f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Exp, vec![self.into_node()]))
            }

            /// Returns the natural logarithm; NULL for a number that is not positive.
            pub fn ln(self) -> Expr<$scope, Option<f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Ln, vec![self.into_node()]))
            }

            /// Returns the logarithm to base 10; NULL for a number that is not positive.
            pub fn log10(self) -> Expr<$scope, Option<f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Log10, vec![self.into_node()]))
            }

            /// Converts degrees to radians.
            pub fn radians(self) -> Expr<$scope, Nulls<V, V, f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Radians, vec![self.into_node()]))
            }

            /// Converts radians to degrees.
            pub fn degrees(self) -> Expr<$scope, Nulls<V, V, f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Degrees, vec![self.into_node()]))
            }

            /// Returns the sine of an angle in radians; NULL for an infinite angle.
            pub fn sin(self) -> Expr<$scope, Option<f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Sin, vec![self.into_node()]))
            }

            /// Returns the cosine of an angle in radians; NULL for an infinite angle.
            pub fn cos(self) -> Expr<$scope, Option<f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Cos, vec![self.into_node()]))
            }

            /// Returns the tangent of an angle in radians; NULL for an infinite angle.
            pub fn tan(self) -> Expr<$scope, Option<f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Tan, vec![self.into_node()]))
            }

            /// Returns the arcsine in radians; NULL for a number that is not between -1 and 1.
            pub fn asin(self) -> Expr<$scope, Option<f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Asin, vec![self.into_node()]))
            }

            /// Returns the arccosine in radians; NULL for a number that is not between -1 and 1.
            pub fn acos(self) -> Expr<$scope, Option<f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Acos, vec![self.into_node()]))
            }

            /// Returns the arctangent in radians.
            pub fn atan(self) -> Expr<$scope, Nulls<V, V, f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Atan, vec![self.into_node()]))
            }

            /// Returns the angle in radians, from -π to π, of the point with this value as its `y`
            /// coordinate and the argument as its `x` coordinate.
            pub fn atan2<R: Operand<f64>>(self, x: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, f64>>
            where
                V::Base: Numeric,
            {
                Expr::new(Node::call(Function::Atan2, vec![self.into_node(), x.into_node()]))
            }

            /// Sets the collation for comparisons and sorting, and for `starts_with`, `ends_with`,
            /// `contains` and `like`. Without `collate`, a column of a table uses the collation of
            /// its definition; an expression, or a column of a common table expression, has no
            /// collation.
            ///
            /// ```
            /// # use aio_runtime as aio_sql;
            /// # use aio_sql::{Collation, Database, Result, Table};
            /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
            /// # struct User { #[column(primary_key, auto)] id: i64, name: String }
            /// # async fn run(db: Database) -> Result<()> {
            /// let users =
            ///     User::select().order_by(User::NAME.collate(Collation::NoCase)).all(&db).await?;
            /// # Ok(())
            /// # }
            /// ```
            pub fn collate(self, collation: Collation) -> Expr<$scope, V>
            where
                V::Base: Textual,
            {
                Expr::new(Node::Collate(Child::boxed(self.into_node()), collation))
            }

            /// Returns the number of characters.
            pub fn length(self) -> Expr<$scope, Nulls<V, V, i64>>
            where
                V::Base: Textual,
            {
                Expr::new(Node::call(Function::Length, vec![self.into_node()]))
            }

            /// Converts ASCII letters to lower case, or every letter if the text has the collation
            /// [`Unicode`](Collation::Unicode).
            pub fn lower(self) -> Expr<$scope, Nulls<V, V, String>>
            where
                V::Base: Textual,
            {
                Expr::new(Node::call(Function::Lower, vec![self.into_node()]))
            }

            /// Converts ASCII letters to upper case, or every letter if the text has the collation
            /// [`Unicode`](Collation::Unicode).
            pub fn upper(self) -> Expr<$scope, Nulls<V, V, String>>
            where
                V::Base: Textual,
            {
                Expr::new(Node::call(Function::Upper, vec![self.into_node()]))
            }

            /// Removes spaces at both ends.
            pub fn trim(self) -> Expr<$scope, Nulls<V, V, String>>
            where
                V::Base: Textual,
            {
                Expr::new(Node::call(Function::Trim, vec![self.into_node()]))
            }

            /// Removes spaces at the beginning.
            pub fn trim_start(self) -> Expr<$scope, Nulls<V, V, String>>
            where
                V::Base: Textual,
            {
                Expr::new(Node::call(Function::TrimStart, vec![self.into_node()]))
            }

            /// Removes spaces at the end.
            pub fn trim_end(self) -> Expr<$scope, Nulls<V, V, String>>
            where
                V::Base: Textual,
            {
                Expr::new(Node::call(Function::TrimEnd, vec![self.into_node()]))
            }

            /// Replaces every occurrence of `from` by `to`.
            pub fn replace(self, from: impl Into<String>, to: impl Into<String>) -> Expr<$scope, Nulls<V, V, String>>
            where
                V::Base: Textual,
            {
                let arguments = vec![self.into_node(), Node::value(from.into()), Node::value(to.into())];
                Expr::new(Node::call(Function::Replace, arguments))
            }

            /// Returns the part of the text that begins at the position `from`, counted in
            /// characters from 1, and has this number of characters.
            pub fn substring(self, from: u32, characters: u32) -> Expr<$scope, Nulls<V, V, String>>
            where
                V::Base: Textual,
            {
                let arguments = vec![self.into_node(), Node::value(from), Node::value(characters)];
                Expr::new(Node::call(Function::Substring, arguments))
            }

            /// Returns the position at which `part` first occurs, counted in characters from 1, or
            /// 0 if it does not occur.
            pub fn position(self, part: impl Into<String>) -> Expr<$scope, Nulls<V, V, i64>>
            where
                V::Base: Textual,
            {
                Expr::new(Node::call(Function::Position, vec![self.into_node(), Node::value(part.into())]))
            }

            /// Returns the year. For a point in time, it is the year in UTC.
            pub fn year(self) -> Expr<$scope, Nulls<V, V, i64>>
            where
                V::Base: HasDate,
            {
                Expr::new(date_part::<V::Base>(DatePart::Year, self.into_node()))
            }

            /// Returns the month, from 1 for January to 12.
            pub fn month(self) -> Expr<$scope, Nulls<V, V, i64>>
            where
                V::Base: HasDate,
            {
                Expr::new(date_part::<V::Base>(DatePart::Month, self.into_node()))
            }

            /// Returns the day of the month, from 1.
            pub fn day(self) -> Expr<$scope, Nulls<V, V, i64>>
            where
                V::Base: HasDate,
            {
                Expr::new(date_part::<V::Base>(DatePart::Day, self.into_node()))
            }

            /// Returns the date as text: `2013-01-31`.
            pub fn date_text(self) -> Expr<$scope, Nulls<V, V, String>>
            where
                V::Base: HasDate,
            {
                Expr::new(Node::call(Function::DateText(V::Base::TYPE), vec![self.into_node()]))
            }

            /// Returns the day of the week, from 1 for Monday to 7 for Sunday.
            pub fn weekday(self) -> Expr<$scope, Nulls<V, V, i64>>
            where
                V::Base: HasDate,
            {
                Expr::new(date_part::<V::Base>(DatePart::Weekday, self.into_node()))
            }

            /// Returns the day of the year, from 1.
            pub fn day_of_year(self) -> Expr<$scope, Nulls<V, V, i64>>
            where
                V::Base: HasDate,
            {
                Expr::new(date_part::<V::Base>(DatePart::DayOfYear, self.into_node()))
            }

            /// Returns the number of whole seconds since the beginning of 1970. A date stands for
            /// its midnight. The difference of two results is the time between them in seconds.
            pub fn unix_seconds(self) -> Expr<$scope, Nulls<V, V, i64>>
            where
                V::Base: HasDate,
            {
                Expr::new(Node::call(Function::UnixSeconds(V::Base::TYPE), vec![self.into_node()]))
            }

            /// Returns the hour, from 0. For a point in time, it is the hour in UTC.
            pub fn hour(self) -> Expr<$scope, Nulls<V, V, i64>>
            where
                V::Base: HasTime,
            {
                Expr::new(date_part::<V::Base>(DatePart::Hour, self.into_node()))
            }

            /// Returns the minute, from 0.
            pub fn minute(self) -> Expr<$scope, Nulls<V, V, i64>>
            where
                V::Base: HasTime,
            {
                Expr::new(date_part::<V::Base>(DatePart::Minute, self.into_node()))
            }

            /// Returns the second, from 0, without its fraction.
            pub fn second(self) -> Expr<$scope, Nulls<V, V, i64>>
            where
                V::Base: HasTime,
            {
                Expr::new(date_part::<V::Base>(DatePart::Second, self.into_node()))
            }

            /// Returns the value at a path such as `$.address.city` or `$.tags[0]`; NULL if there
            /// is no value, or if it is `null`. If `X` is a float and the value is text, `CAST`
            /// converts the text to a float. If `path` is not a valid path, the statement fails
            /// with [`ErrorKind::Usage`](crate::ErrorKind::Usage).
            pub fn json_extract<X: SqlType>(self, path: &str) -> Expr<$scope, Option<X>>
            where
                V::Base: Document,
            {
                let arguments = vec![self.into_node(), Node::json_path(path)];
                Expr::new(Node::call(Function::JsonExtract(X::TYPE), arguments))
            }

            /// Returns the document with `value` at `path`, in place of what is there. If `path`
            /// is not a valid path, the statement fails with
            /// [`ErrorKind::Usage`](crate::ErrorKind::Usage).
            pub fn json_set<X: SqlType>(self, path: &str, value: X) -> Expr<$scope, V>
            where
                V::Base: Document,
            {
                let value = in_document::<X>(Node::value(value));
                let arguments = vec![self.into_node(), Node::json_path(path), value];
                Expr::new(Node::call(Function::JsonSet, arguments))
            }

            /// Returns the number of elements of the document if it is an array; 0 for any other
            /// document.
            pub fn json_array_length(self) -> Expr<$scope, Nulls<V, V, i64>>
            where
                V::Base: Document,
            {
                Expr::new(Node::call(Function::JsonArrayLength, vec![self.into_node()]))
            }

            /// Returns whether a value is an element of the array, on PostgreSQL. An index of the
            /// kind GIN on the array is used: `#[table(index(tags, using = "gin"))]`.
            pub fn has<R: Operand<<V::Base as ArrayType>::Item>>(
                self,
                value: R,
            ) -> Expr<R::With<$scope>, Nulls<V, V, bool>>
            where
                V::Base: ArrayType,
            {
                Expr::new(Node::call(Function::ArrayHas, vec![self.into_node(), value.into_node()]))
            }

            /// Returns whether the array has all of these elements, on PostgreSQL. An index of the
            /// kind GIN on the array is used.
            pub fn contains_all<I: IntoIterator>(self, values: I) -> Expr<$scope, Nulls<V, V, bool>>
            where
                V::Base: ArrayType,
                I::Item: Operand<<V::Base as ArrayType>::Item, With<()> = ()>,
            {
                let list = list_of::<V::Base>(values.into_iter().map(Operand::into_node).collect());
                Expr::new(Node::call(Function::ArrayContains, vec![self.into_node(), list]))
            }

            /// Returns whether the array has any of these elements, on PostgreSQL. An index of the
            /// kind GIN on the array is used.
            pub fn overlaps<I: IntoIterator>(self, values: I) -> Expr<$scope, Nulls<V, V, bool>>
            where
                V::Base: ArrayType,
                I::Item: Operand<<V::Base as ArrayType>::Item, With<()> = ()>,
            {
                let list = list_of::<V::Base>(values.into_iter().map(Operand::into_node).collect());
                Expr::new(Node::call(Function::ArrayOverlaps, vec![self.into_node(), list]))
            }

            /// Returns the number of elements of the array, on PostgreSQL.
            pub fn array_length(self) -> Expr<$scope, Nulls<V, V, i64>>
            where
                V::Base: ArrayType,
            {
                Expr::new(Node::call(Function::ArrayLength, vec![self.into_node()]))
            }

            /// Returns whether an element of the array, or a member of the object, has this value.
            pub fn json_contains<X: SqlType>(self, value: X) -> Expr<Guard<$scope>, bool>
            where
                V::Base: Document,
            {
                let (value, ty) = as_in_document::<X>(Node::value(value));
                Expr::new(Node::call(Function::JsonContains(ty), vec![self.into_node(), value]))
            }
        }
    };
}

/// Returns the array of these values, which is one parameter.
fn list_of<A: ArrayType>(nodes: Vec<Node>) -> Node {
    let mut values = Vec::with_capacity(nodes.len());
    for node in nodes {
        match node {
            Node::Value(value, _) => values.push(value),
            // A value that cannot be stored makes the statement fail.
            other => return other,
        }
    }
    Node::Value(Value::Array(values), Some(A::TYPE))
}

fn date_part<V: SqlType>(part: DatePart, date: Node) -> Node {
    Node::call(Function::DatePart(part, V::TYPE), vec![date])
}

/// Converts a decimal with a `scale` to text, because a JSON document contains decimals as text,
/// and returns it with its new type. Returns any other value and its type unchanged.
fn as_in_document<V: SqlType>(value: Node) -> (Node, Type) {
    match V::CHECKED {
        true => (Node::call(Function::DecimalText(V::SCALE), vec![value.unchecked()]), Type::Decimal),
        false => (value, V::TYPE),
    }
}

/// Converts a value of type `V` to a part of a JSON document.
pub(super) fn in_document<V: SqlType>(value: Node) -> Node {
    let (value, ty) = as_in_document::<V>(value);
    Node::call(Function::JsonValue(ty), vec![value])
}

functions!([T: Source, V: ColumnType, K] Column<T, V, K>, (T,));
functions!([S, V: ColumnType] Expr<S, V>, S);
functions!([S, V: ColumnType] Aggregate<S, V>, S);
