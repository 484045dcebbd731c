//! The functions of SQL.

use crate::types::{TsWeight, Type};
use crate::value::Encoding;

/// A function of SQL, identified by what it does. A dialect may write its call in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Function {
    // Aggregates.
    Count,
    /// The sum of values that have this type.
    Sum(Type),
    Total,
    Avg,
    /// The smallest of values that have this type.
    Min(Type),
    /// The largest of values that have this type.
    Max(Type),
    GroupConcat,
    JsonGroupArray,
    /// Another aggregate of the database, by its name.
    NamedAggregate(&'static str),
    // Window functions.
    RowNumber,
    Rank,
    DenseRank,
    PercentRank,
    CumeDist,
    Ntile,
    Lag,
    Lead,
    FirstValue,
    LastValue,
    NthValue,
    // Functions of values of one row.
    Coalesce,
    NullIf,
    Least,
    Greatest,
    Abs,
    Sign,
    Round,
    Ceil,
    Floor,
    Sqrt,
    Power,
    Exp,
    Ln,
    Log10,
    Trunc,
    Radians,
    Degrees,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Atan2,
    Length,
    Lower,
    Upper,
    Trim,
    TrimStart,
    TrimEnd,
    Replace,
    Substring,
    Position,
    /// The argument, if it is an integer or NULL. If it is a float, because a calculation has
    /// overflowed, the statement fails.
    Checked,
    /// The quotient of two integers, multiplied by ten to this power and rounded half to even.
    DivideTo(i32),
    /// The shortest text of a decimal that is stored as an integer with this many decimal places.
    DecimalText(u32),
    /// The float nearest to a decimal that is stored as an integer with this many decimal places.
    DecimalReal(u32),
    /// A number or the text of a decimal, converted to an integer with this many decimal places
    /// and rounded half to even.
    ToScale(u32),
    /// The current time by the database's clock, as a value of this type.
    Now(Type),
    /// A part of a date or a time of this type.
    DatePart(DatePart, Type),
    /// The date of a value of this type, as text.
    DateText(Type),
    /// The number of whole seconds since the beginning of 1970, for a date or a time of this type.
    /// A date stands for its midnight.
    UnixSeconds(Type),
    /// A time of this type, converted from the library's own stored form to this encoding of
    /// another program.
    Encoded(Type, Encoding),
    /// A value of this type, converted to a part of a JSON document.
    JsonValue(Type),
    /// The value at a path of a JSON document, as a value of this type; NULL if the document has
    /// `null` or nothing at the path.
    JsonExtract(Type),
    JsonSet,
    JsonArrayLength,
    /// Whether a value of this type is an element of a JSON array or the value of a member of a
    /// JSON object.
    JsonContains(Type),
    /// Whether an array has all elements of another array.
    ArrayContains,
    /// Whether two arrays have an element in common.
    ArrayOverlaps,
    /// Whether a value is an element of an array.
    ArrayHas,
    /// The number of elements of an array.
    ArrayLength,
    /// A text prepared for full-text search, from a configuration and a text.
    TsVector,
    /// A query of full-text search, from a configuration and a text.
    TsQuery(TsQueryKind),
    /// Whether a text that is prepared for full-text search matches a query.
    TsMatches,
    /// How well such a text matches a query.
    TsRank,
    /// How well such a text matches a query, with regard to the distances of its words.
    TsRankCd,
    /// The parts of a text around the words of a query, from a configuration, a text and a query.
    TsHeadline,
    /// A text that is prepared for full-text search, with this weight of its words.
    TsWeight(TsWeight),
    /// Two such texts one behind the other.
    TsConcat,
    /// A time of this type that is an interval later.
    PlusInterval(Type),
    /// A time of this type that is an interval earlier.
    MinusInterval(Type),
    /// The interval since another time of this type.
    Since(Type),
    // Functions in FROM, which return rows.
    JsonEach,
    JsonTree,
    /// The values of this type from a first one to a last one, at equal distances. The arguments
    /// are the first and the last value and the distance, which for times is a number of
    /// nanoseconds.
    Series(Type),
    /// The elements of an array.
    Unnest,
    /// Another function of the database, by its name.
    Named(&'static str),
}

/// How a text is read as a query of full-text search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TsQueryKind {
    /// In the syntax of web search engines.
    Websearch,
    /// As words that all occur.
    Plain,
    /// As words that occur one after the other.
    Phrase,
    /// In the syntax of `tsquery`.
    Operators,
}

/// A part of a date or a time of day, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatePart {
    /// The year.
    Year,
    /// The month, from 1.
    Month,
    /// The day of the month, from 1.
    Day,
    /// The hour, from 0.
    Hour,
    /// The minute, from 0.
    Minute,
    /// The second, from 0, without its fraction.
    Second,
    /// The day of the week, from 1 for Monday to 7 for Sunday.
    Weekday,
    /// The day of the year, from 1.
    DayOfYear,
}

impl Function {
    /// Returns whether the function is an aggregate, which computes one value from many rows.
    pub(crate) fn is_aggregate(self) -> bool {
        matches!(
            self,
            Function::Count
                | Function::Sum(_)
                | Function::Total
                | Function::Avg
                | Function::Min(_)
                | Function::Max(_)
                | Function::GroupConcat
                | Function::JsonGroupArray
                | Function::NamedAggregate(_)
        )
    }
}
