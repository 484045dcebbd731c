//! The functions of SQL.

use crate::types::Type;

/// A function that the library knows by its meaning; the dialect says how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Function {
    // Aggregates.
    Count,
    Sum,
    Total,
    Avg,
    Min,
    Max,
    GroupConcat,
    JsonGroupArray,
    /// By its name, as the database knows it.
    NamedAggregate(&'static str),
    // Of windows alone.
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
    // Of single values.
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
    /// The day of the week of a date, from 1 for Monday.
    Weekday,
    DayOfYear,
    UnixSeconds,
    /// JSON text as JSON: as text it would be a string in a document.
    Json,
    /// A number as `true` or `false`.
    JsonBool,
    JsonExtract,
    JsonSet,
    JsonArrayLength,
    /// Whether a value of this type is one of those of a JSON array.
    JsonContains(Type),
    // Of many rows.
    JsonEach,
    JsonTree,
    /// By its name, as the database knows it.
    Named(&'static str),
}

impl Function {
    /// Whether it takes many rows to one value.
    pub(crate) fn is_aggregate(self) -> bool {
        matches!(
            self,
            Function::Count
                | Function::Sum
                | Function::Total
                | Function::Avg
                | Function::Min
                | Function::Max
                | Function::GroupConcat
                | Function::JsonGroupArray
                | Function::NamedAggregate(_)
        )
    }
}
