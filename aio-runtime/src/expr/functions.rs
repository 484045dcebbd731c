//! Functions of single values.

use super::aggregate::Aggregate;
use super::child::Child;
use super::column::{Column, Expr};
use super::function::{DatePart, Function};
use super::node::Node;
use super::operand::{Nulls, Operand};
use super::scope::Guard;
use super::source::Source;
use crate::schema::Collation;
use crate::types::{ColumnType, Document, HasDate, HasTime, Nullness, Numeric, SqlType, Textual};

macro_rules! functions {
    ([$($generics:tt)*] $type:ty, $scope:ty) => {
        impl<$($generics)*> $type {
            /// Its value, or the other where it is NULL.
            pub fn coalesce<R: Operand<V::Base>>(
                self,
                other: R,
            ) -> Expr<R::With<Guard<$scope>>, <<R::Value as ColumnType>::Null as Nullness>::Of<V::Base>> {
                Expr::new(Node::call(Function::Coalesce, vec![self.into_node(), other.into_node()]))
            }

            /// NULL where it equals the other, and its value elsewhere.
            pub fn null_if<R: Operand<V::Base>>(self, other: R) -> Expr<R::With<$scope>, Option<V::Base>> {
                Expr::new(Node::call(Function::NullIf, vec![self.into_node(), other.into_node()]))
            }

            /// The smaller of the two; NULL if either is.
            pub fn least<R: Operand<V::Base>>(self, other: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, V::Base>> {
                Expr::new(Node::call(Function::Least, vec![self.into_node(), other.into_node()]))
            }

            /// The larger of the two; NULL if either is.
            pub fn greatest<R: Operand<V::Base>>(self, other: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, V::Base>> {
                Expr::new(Node::call(Function::Greatest, vec![self.into_node(), other.into_node()]))
            }
        }

        impl<$($generics)*> $type
        where
            V::Base: Numeric,
        {
            /// Without its sign.
            pub fn abs(self) -> Expr<$scope, V> {
                Expr::new(Node::call(Function::Abs, vec![self.into_node()]))
            }

            /// -1, 0 or 1.
            pub fn sign(self) -> Expr<$scope, Nulls<V, V, i64>> {
                Expr::new(Node::call(Function::Sign, vec![self.into_node()]))
            }

            /// As a float with so many digits behind the point; halves are rounded away from zero.
            pub fn round(self, digits: u8) -> Expr<$scope, Nulls<V, V, f64>> {
                Expr::new(Node::call(Function::Round, vec![self.into_node(), Node::value(digits)]))
            }

            /// The next whole number that is not smaller.
            pub fn ceil(self) -> Expr<$scope, Nulls<V, V, f64>> {
                Expr::new(Node::call(Function::Ceil, vec![self.into_node()]))
            }

            /// The next whole number that is not larger.
            pub fn floor(self) -> Expr<$scope, Nulls<V, V, f64>> {
                Expr::new(Node::call(Function::Floor, vec![self.into_node()]))
            }

            /// The next whole number towards 0.
            pub fn trunc(self) -> Expr<$scope, Nulls<V, V, f64>> {
                Expr::new(Node::call(Function::Trunc, vec![self.into_node()]))
            }

            /// The square root; NULL of a negative number.
            pub fn sqrt(self) -> Expr<$scope, Option<f64>> {
                Expr::new(Node::call(Function::Sqrt, vec![self.into_node()]))
            }

            /// To the power of the other; NULL where there is none.
            pub fn power<R: Operand<f64>>(self, exponent: R) -> Expr<R::With<$scope>, Option<f64>> {
                Expr::new(Node::call(Function::Power, vec![self.into_node(), exponent.into_node()]))
            }

            /// e to this power.
            pub fn exp(self) -> Expr<$scope, Option<f64>> {
                Expr::new(Node::call(Function::Exp, vec![self.into_node()]))
            }

            /// The natural logarithm; NULL of what is not positive.
            pub fn ln(self) -> Expr<$scope, Option<f64>> {
                Expr::new(Node::call(Function::Ln, vec![self.into_node()]))
            }

            /// The logarithm to the base of ten; NULL of what is not positive.
            pub fn log10(self) -> Expr<$scope, Option<f64>> {
                Expr::new(Node::call(Function::Log10, vec![self.into_node()]))
            }

            /// Degrees as radians.
            pub fn radians(self) -> Expr<$scope, Nulls<V, V, f64>> {
                Expr::new(Node::call(Function::Radians, vec![self.into_node()]))
            }

            /// Radians as degrees.
            pub fn degrees(self) -> Expr<$scope, Nulls<V, V, f64>> {
                Expr::new(Node::call(Function::Degrees, vec![self.into_node()]))
            }

            /// The sine of an angle in radians; NULL of an infinite one.
            pub fn sin(self) -> Expr<$scope, Option<f64>> {
                Expr::new(Node::call(Function::Sin, vec![self.into_node()]))
            }

            /// The cosine of an angle in radians; NULL of an infinite one.
            pub fn cos(self) -> Expr<$scope, Option<f64>> {
                Expr::new(Node::call(Function::Cos, vec![self.into_node()]))
            }

            /// The tangent of an angle in radians; NULL of an infinite one.
            pub fn tan(self) -> Expr<$scope, Option<f64>> {
                Expr::new(Node::call(Function::Tan, vec![self.into_node()]))
            }

            /// The angle in radians that has this sine; NULL of what is not between -1 and 1.
            pub fn asin(self) -> Expr<$scope, Option<f64>> {
                Expr::new(Node::call(Function::Asin, vec![self.into_node()]))
            }

            /// The angle in radians that has this cosine; NULL of what is not between -1 and 1.
            pub fn acos(self) -> Expr<$scope, Option<f64>> {
                Expr::new(Node::call(Function::Acos, vec![self.into_node()]))
            }

            /// The angle in radians that has this tangent.
            pub fn atan(self) -> Expr<$scope, Nulls<V, V, f64>> {
                Expr::new(Node::call(Function::Atan, vec![self.into_node()]))
            }

            /// The angle in radians of the point that lies so far up and `x` to the right, from -π
            /// to π.
            pub fn atan2<R: Operand<f64>>(self, x: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, f64>> {
                Expr::new(Node::call(Function::Atan2, vec![self.into_node(), x.into_node()]))
            }
        }

        impl<$($generics)*> $type
        where
            V::Base: Textual,
        {
            /// Compared and sorted by another collation than that of its column; also by
            /// `starts_with`, `ends_with`, `contains` and `like`. An expression, and a column of a
            /// named query, have the collation that is said here, or none.
            ///
            /// ```
            /// # use aio_runtime as aio_sql;
            /// # use aio_sql::{Collation, Database, Result, Table};
            /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
            /// # struct User { #[column(primary_key, auto)] id: i64, name: String }
            /// # async fn run(db: Database) -> Result<()> {
            /// let users = User::select().order_by(User::NAME.collate(Collation::NoCase)).all(&db).await?;
            /// # Ok(())
            /// # }
            /// ```
            pub fn collate(self, collation: Collation) -> Expr<$scope, V> {
                Expr::new(Node::Collate(Child::boxed(self.into_node()), collation))
            }

            /// How many characters it has.
            pub fn length(self) -> Expr<$scope, Nulls<V, V, i64>> {
                Expr::new(Node::call(Function::Length, vec![self.into_node()]))
            }

            /// With ASCII letters in lower case.
            pub fn lower(self) -> Expr<$scope, Nulls<V, V, String>> {
                Expr::new(Node::call(Function::Lower, vec![self.into_node()]))
            }

            /// With ASCII letters in upper case.
            pub fn upper(self) -> Expr<$scope, Nulls<V, V, String>> {
                Expr::new(Node::call(Function::Upper, vec![self.into_node()]))
            }

            /// Without spaces at both ends.
            pub fn trim(self) -> Expr<$scope, Nulls<V, V, String>> {
                Expr::new(Node::call(Function::Trim, vec![self.into_node()]))
            }

            /// Without spaces at its beginning.
            pub fn trim_start(self) -> Expr<$scope, Nulls<V, V, String>> {
                Expr::new(Node::call(Function::TrimStart, vec![self.into_node()]))
            }

            /// Without spaces at its end.
            pub fn trim_end(self) -> Expr<$scope, Nulls<V, V, String>> {
                Expr::new(Node::call(Function::TrimEnd, vec![self.into_node()]))
            }

            /// With every `from` replaced by `to`.
            pub fn replace(self, from: impl Into<String>, to: impl Into<String>) -> Expr<$scope, Nulls<V, V, String>> {
                let arguments = vec![self.into_node(), Node::value(from.into()), Node::value(to.into())];
                Expr::new(Node::call(Function::Replace, arguments))
            }

            /// So many characters from the one of this number on, which counts from 1.
            pub fn substring(self, from: u32, characters: u32) -> Expr<$scope, Nulls<V, V, String>> {
                let arguments = vec![self.into_node(), Node::value(from), Node::value(characters)];
                Expr::new(Node::call(Function::Substring, arguments))
            }

            /// The number of the character at which the part begins for the first time, from 1; 0
            /// where it is not in it.
            pub fn position(self, part: impl Into<String>) -> Expr<$scope, Nulls<V, V, i64>> {
                Expr::new(Node::call(Function::Position, vec![self.into_node(), Node::value(part.into())]))
            }
        }

        impl<$($generics)*> $type
        where
            V::Base: HasDate,
        {
            /// The year, in UTC where it is a point in time.
            pub fn year(self) -> Expr<$scope, Nulls<V, V, i64>> {
                Expr::new(date_part::<V::Base>(DatePart::Year, self.into_node()))
            }

            /// The month, from 1.
            pub fn month(self) -> Expr<$scope, Nulls<V, V, i64>> {
                Expr::new(date_part::<V::Base>(DatePart::Month, self.into_node()))
            }

            /// The day of the month, from 1.
            pub fn day(self) -> Expr<$scope, Nulls<V, V, i64>> {
                Expr::new(date_part::<V::Base>(DatePart::Day, self.into_node()))
            }

            /// The date as text: `2013-01-31`.
            pub fn date_text(self) -> Expr<$scope, Nulls<V, V, String>> {
                Expr::new(Node::call(Function::DateText(V::Base::TYPE), vec![self.into_node()]))
            }

            /// The day of the week, from 1 for Monday to 7 for Sunday.
            pub fn weekday(self) -> Expr<$scope, Nulls<V, V, i64>> {
                Expr::new(date_part::<V::Base>(DatePart::Weekday, self.into_node()))
            }

            /// The day of the year, from 1.
            pub fn day_of_year(self) -> Expr<$scope, Nulls<V, V, i64>> {
                Expr::new(date_part::<V::Base>(DatePart::DayOfYear, self.into_node()))
            }

            /// The seconds since the beginning of 1970, without what is behind the point, of a
            /// date those of its midnight: the difference of two is the time between them.
            pub fn unix_seconds(self) -> Expr<$scope, Nulls<V, V, i64>> {
                Expr::new(Node::call(Function::UnixSeconds, vec![self.into_node()]))
            }
        }

        impl<$($generics)*> $type
        where
            V::Base: HasTime,
        {
            /// The hour, from 0, in UTC where it is a point in time.
            pub fn hour(self) -> Expr<$scope, Nulls<V, V, i64>> {
                Expr::new(date_part::<V::Base>(DatePart::Hour, self.into_node()))
            }

            /// The minute, from 0.
            pub fn minute(self) -> Expr<$scope, Nulls<V, V, i64>> {
                Expr::new(date_part::<V::Base>(DatePart::Minute, self.into_node()))
            }

            /// The second, from 0, without what is behind the point.
            pub fn second(self) -> Expr<$scope, Nulls<V, V, i64>> {
                Expr::new(date_part::<V::Base>(DatePart::Second, self.into_node()))
            }
        }

        impl<$($generics)*> $type
        where
            V::Base: Document,
        {
            /// The value at a path such as `$.address.city` or `$.tags[0]`; NULL where there is
            /// none, or `null`. As a float, a text is what CAST makes of it. A statement with a text
            /// that is no path fails with [`ErrorKind::Usage`](crate::ErrorKind::Usage).
            pub fn json_extract<X: SqlType>(self, path: &str) -> Expr<$scope, Option<X>> {
                let arguments = vec![self.into_node(), Node::json_path(path)];
                Expr::new(Node::call(Function::JsonExtract(X::TYPE), arguments))
            }

            /// The document with this value at a path.
            pub fn json_set<X: SqlType>(self, path: &str, value: X) -> Expr<$scope, V> {
                let value = in_document::<X>(Node::value(value));
                let arguments = vec![self.into_node(), Node::json_path(path), value];
                Expr::new(Node::call(Function::JsonSet, arguments))
            }

            /// How many values the array has; 0 where it is no array.
            pub fn json_array_length(self) -> Expr<$scope, Nulls<V, V, i64>> {
                Expr::new(Node::call(Function::JsonArrayLength, vec![self.into_node()]))
            }

            /// The array, or the object, has this value.
            pub fn json_contains<X: SqlType>(self, value: X) -> Expr<Guard<$scope>, bool> {
                Expr::new(Node::call(Function::JsonContains(X::TYPE), vec![self.into_node(), Node::value(value)]))
            }
        }
    };
}

fn date_part<V: SqlType>(part: DatePart, date: Node) -> Node {
    Node::call(Function::DatePart(part, V::TYPE), vec![date])
}

/// A value as a part of a document.
pub(super) fn in_document<V: SqlType>(value: Node) -> Node {
    Node::call(Function::JsonValue(V::TYPE), vec![value])
}

functions!([T: Source, V: ColumnType, K] Column<T, V, K>, (T,));
functions!([S, V: ColumnType] Expr<S, V>, S);
functions!([S, V: ColumnType] Aggregate<S, V>, S);
