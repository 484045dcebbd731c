//! Captured numbers in raw SQL that also captures columns whose decimals are stored as integers.
//!
//! `sql!("{Item::PRICE} + {five}")` knows what is in its braces, and the text between them. A
//! number that is compared with such a column, added to it or subtracted from it is bound in the
//! column's form. An integer may also be a factor or a limit, or be next to another column; it is
//! then bound unchanged. At any other position in such a text, the meaning of a number is unknown,
//! and the statement fails: in `count({Item::PRICE}) > {n}`, `n` is a number of rows, but in
//! `max({Item::PRICE}, {n})` it is a price.

use std::borrow::Cow;

use super::node::ColumnRef;
use super::raw::{Piece, RawNode};
use crate::error::{Error, Result};
use crate::schema::{ColumnDef, TableDef};
use crate::types::{SqlType, Type};
use crate::value::{Encoding, Unstorable, Value, parse_decimal};

/// The kind of number that a captured value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A decimal without a fixed scale.
    Decimal,
    /// An integer with this number of decimal places.
    Integer(u32),
    /// A floating-point number.
    Real,
    /// A span of time, stored as its nanoseconds.
    Span,
    /// Not a number.
    Other,
}

impl Form {
    /// Returns the form of the values of a type.
    pub(crate) fn of<B: SqlType>() -> Form {
        match B::TYPE {
            Type::Decimal => Form::Decimal,
            Type::Integer if B::IS_SPAN => Form::Span,
            Type::Integer => Form::Integer(B::SCALE),
            Type::Real => Form::Real,
            _ => Form::Other,
        }
    }
}

/// A column that stores decimals as integers.
#[derive(Clone, Copy)]
struct ScaledColumn<'a> {
    column: &'a ColumnRef,
    scale: u32,
}

/// What is on one side of a captured number.
#[derive(Clone, Copy)]
enum Side<'a> {
    /// A scaled column, in a comparison or a sum.
    Scaled(ScaledColumn<'a>),
    /// Another column, in a comparison or a sum; `None` if the column is not captured, but named
    /// in the text.
    Column(Option<&'a ColumnRef>),
    /// An operator that binds more tightly than comparisons and sums.
    Factor,
    /// Anything else.
    Other,
}

/// The operators of comparisons and sums.
const COMPARES_OR_ADDS: [&str; 18] = [
    "=",
    "==",
    "<>",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "is",
    "is not",
    "is distinct from",
    "is not distinct from",
    "in",
    "not in",
    "between",
    "not between",
];

/// The operators that bind more tightly than those of comparisons and sums
/// (<https://sqlite.org/lang_expr.html#operators_and_parse_affecting_attributes>).
const FACTORS: [&str; 6] = ["*", "/", "%", "||", "->", "collate"];

impl RawNode {
    /// Returns the pieces, with each captured number in the form of the column next to it.
    ///
    /// # Errors
    /// `Unstorable` if the column cannot hold the number, `Usage` if its form cannot be
    /// determined.
    pub(crate) fn in_forms_of_columns(&self) -> Result<Cow<'_, [Piece]>> {
        self.check_names()?;
        let scaled = self.first_scale();
        if scaled.is_none() && !self.pieces.iter().any(|piece| encoding_of(piece).is_some()) {
            return Ok(Cow::Borrowed(&self.pieces));
        }
        if let Some((scale, column)) = scaled
            && self.bound.iter().any(|(_, form)| *form == Form::Decimal)
        {
            return Err(unknown_form(scale, column));
        }
        let mut pieces = self.pieces.clone();
        let mut lower_bound = None;
        for (index, piece) in pieces.iter_mut().enumerate() {
            let (Piece::Value(_, form) | Piece::List(_, form)) = *piece else { continue };
            let left = self.left_of(index, lower_bound.take());
            lower_bound = self.is_lower_bound(index).then_some(left);
            let sides = [left, self.right_of(index)];
            if let Some(target) = self.encoding_for(piece, sides)? {
                change(piece, |value| target.encoding.encode(value))
                    .map_err(|reason| located(reason, target.column))?;
            }
            if let Some((scale, column)) = scaled
                && !matches!(form, Form::Other | Form::Span)
            {
                match target(form, sides) {
                    Target::Column(target) => change(piece, |value| convert(value, form, target.scale))
                        .map_err(|reason| located(reason, target.column))?,
                    Target::Unchanged => {}
                    Target::Unknown => return Err(unknown_form(scale, column)),
                }
            }
        }
        Ok(Cow::Owned(pieces))
    }

    /// Returns the column next to a captured value, if that column stores such values in the form
    /// of another program, in which the value then has to be bound. Returns `None` if the value is
    /// bound unchanged.
    ///
    /// # Errors
    /// `Usage` if the text has a column with such a form, but there is no column next to the
    /// value.
    fn encoding_for<'a>(&'a self, piece: &Piece, sides: [Side<'a>; 2]) -> Result<Option<EncodedColumn<'a>>> {
        let fits = |column: &EncodedColumn<'_>| has_encoding(piece, column.encoding);
        let Some(one) = self.pieces.iter().filter_map(encoding_of).find(fits) else { return Ok(None) };
        let columns = sides.into_iter().filter_map(|side| match side {
            Side::Column(column) => Some(column),
            Side::Scaled(scaled) => Some(Some(scaled.column)),
            Side::Factor | Side::Other => None,
        });
        let mut is_next_to_column = false;
        for column in columns {
            is_next_to_column = true;
            if let Some(encoded) = column.and_then(encoded).filter(fits) {
                return Ok(Some(encoded));
            }
        }
        if is_next_to_column { Ok(None) } else { Err(unknown_encoding(one)) }
    }

    /// Checks that no number is compared with a scaled column of a captured table, or added to it,
    /// where the text has only the column's name instead of capturing the column in braces.
    ///
    /// # Errors
    /// `Usage` if there is such a number, because it is not converted to the column's form.
    fn check_names(&self) -> Result<()> {
        let is_scaled =
            |piece: &Piece| matches!(piece, Piece::Table(table) if table.columns.iter().any(|c| c.scale > 0));
        if !self.pieces.iter().any(is_scaled) {
            return Ok(());
        }
        for (index, piece) in self.pieces.iter().enumerate() {
            let (Piece::Value(_, form) | Piece::List(_, form)) = *piece else { continue };
            if !matches!(form, Form::Decimal | Form::Integer(0) | Form::Real) {
                continue;
            }
            let before = self.text_at(index.checked_sub(1)).unwrap_or_default();
            let after = self.text_at(Some(index + 1)).unwrap_or_default();
            let neighbors = name_before(&before).into_iter().chain(name_after(&after, form));
            // A decimal is never a count of something, so that it is also wrong next to a result
            // that is computed from a scaled column.
            let calculated = if form == Form::Decimal { names_of_operand(&before) } else { Vec::new() };
            if let Some((table, column)) = neighbors.chain(calculated).find_map(|name| self.scaled_column(name)) {
                return Err(bare_name(table, column));
            }
        }
        Ok(())
    }

    /// Returns the column of this name, if it has a scale in each captured table that has it.
    fn scaled_column(&self, name: &str) -> Option<(&'static TableDef, &'static ColumnDef)> {
        let name = name.rsplit('.').next()?.trim_matches(['"', '`']);
        let mut columns = self.pieces.iter().filter_map(|piece| match *piece {
            Piece::Table(table) => table.columns.iter().find(|c| c.name.eq_ignore_ascii_case(name)).map(|c| (table, c)),
            _ => None,
        });
        let first = columns.next()?;
        (first.1.scale > 0 && columns.all(|(_, column)| column.scale > 0)).then_some(first)
    }

    /// Returns the scale of the first scaled column in the text, with that column, or else the
    /// scale of the type that the whole text is read as.
    fn first_scale(&self) -> Option<(u32, Option<&ColumnRef>)> {
        let column = self.pieces.iter().find_map(|piece| match piece {
            Piece::Column(column, scale) if *scale > 0 => Some((*scale, Some(column))),
            _ => None,
        });
        column.or((self.read_scale > 0).then_some((self.read_scale, None)))
    }

    /// Returns what is on the left side of a captured number. For the upper bound of a BETWEEN,
    /// that is what is on the left side of the lower bound.
    fn left_of<'a>(&'a self, index: usize, lower_bound: Option<Side<'a>>) -> Side<'a> {
        let Some(text) = self.text_at(index.checked_sub(1)) else { return Side::Other };
        if text == "and"
            && let Some(side) = lower_bound
        {
            return side;
        }
        if FACTORS.iter().any(|factor| text.ends_with(factor)) {
            return Side::Factor;
        }
        let operator = text.strip_suffix('(').map(str::trim_end).filter(|operator| is_list(operator)).unwrap_or(&text);
        let column = index.checked_sub(2);
        let before = column.and_then(|column| self.text_at(column.checked_sub(1)));
        let is_in_product = before.is_some_and(|before| FACTORS.iter().any(|factor| before.ends_with(factor)));
        match self.neighbor(operator, column) {
            Side::Other if is_not_a_price(&text) => Side::Column(None),
            Side::Scaled(_) | Side::Column(_) if is_in_product => Side::Other,
            side => side,
        }
    }

    /// Returns what is on the right side of a captured number.
    fn right_of(&self, index: usize) -> Side<'_> {
        let Some(text) = self.text_at(Some(index + 1)) else { return Side::Other };
        if FACTORS.iter().any(|factor| text.starts_with(factor)) {
            return Side::Factor;
        }
        let after = self.text_at(Some(index + 3));
        let is_in_product = after.is_some_and(|after| FACTORS.iter().any(|factor| after.starts_with(factor)));
        match self.neighbor(&text, Some(index + 2)) {
            Side::Scaled(_) | Side::Column(_) if is_in_product => Side::Other,
            side => side,
        }
    }

    /// Returns the piece of text at a position, in lower case and with single spaces between its
    /// words, or `None` if it contains a comment.
    fn text_at(&self, index: Option<usize>) -> Option<String> {
        match index.and_then(|index| self.pieces.get(index)) {
            Some(Piece::Text(text)) if !text.contains("/*") && !text.contains("--") => Some(normalized(text)),
            _ => None,
        }
    }

    /// Returns the column at a position, if the text between it and the number is an operator of
    /// comparisons or sums.
    fn neighbor(&self, operator: &str, other: Option<usize>) -> Side<'_> {
        match other.and_then(|other| self.pieces.get(other)) {
            Some(Piece::Column(column, scale)) if COMPARES_OR_ADDS.contains(&operator) => match *scale {
                0 => Side::Column(Some(column)),
                scale => Side::Scaled(ScaledColumn { column, scale }),
            },
            _ => Side::Other,
        }
    }

    /// Returns whether a number is the lower bound of a `between`.
    fn is_lower_bound(&self, index: usize) -> bool {
        let before = index.checked_sub(1).and_then(|before| self.pieces.get(before));
        matches!(before, Some(Piece::Text(text)) if normalized(text).ends_with("between"))
    }
}

/// Returns a text in lower case, with single spaces between its words.
fn normalized(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase()
}

/// Returns whether an operator takes a list in parentheses.
fn is_list(operator: &str) -> bool {
    matches!(operator, "in" | "not in")
}

fn is_in_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '"' | '`')
}

/// Returns the name at the end of a text that a number after the text is compared with or added
/// to.
fn name_before(text: &str) -> Option<&str> {
    let text = text.strip_suffix('(').map(str::trim_end).filter(|text| text.ends_with(" in")).unwrap_or(text);
    let operand =
        COMPARES_OR_ADDS.iter().filter_map(|operator| text.strip_suffix(operator)).min_by_key(|rest| rest.len())?;
    operand.trim_end().rsplit(|c| !is_in_name(c)).next().filter(|name| !name.is_empty())
}

/// Returns the name at the beginning of a text that a number before the text is compared with or
/// added to, or that a decimal before the text is multiplied by.
fn name_after(text: &str, form: Form) -> Option<&str> {
    let factors = if form == Form::Decimal { &FACTORS[..3] } else { &[] };
    let operators = COMPARES_OR_ADDS.iter().chain(factors);
    let operand = operators.filter_map(|operator| text.strip_prefix(operator)).min_by_key(|rest| rest.len())?;
    operand.trim_start().split(|c| !is_in_name(c)).next().filter(|name| !name.is_empty())
}

/// Returns the names in the operand, or in the arguments of a call, at the end of a text.
fn names_of_operand(text: &str) -> Vec<&str> {
    const BEFORE_AN_OPERAND: [&str; 14] = [
        "select", "where", "and", "or", "on", "when", "then", "else", "having", "set", "from", "by", "limit", "offset",
    ];
    if text.ends_with("cast(") {
        return Vec::new();
    }
    let is_closed = text.matches('(').count() == text.matches(')').count();
    let operand = if is_closed { text.rsplit(',').next().unwrap_or(text) } else { text };
    let names = operand.rsplit(|c| !is_in_name(c)).filter(|name| !name.is_empty());
    names.take_while(|name| !BEFORE_AN_OPERAND.contains(name)).collect()
}

/// Returns whether the text before a number shows that the number is not an amount of a scaled
/// column: it is a limit, is explicitly cast, or is compared with a column that the text names.
fn is_not_a_price(text: &str) -> bool {
    const BEFORE_A_COMPARISON: [&str; 8] = ["where", "and", "or", "on", "when", "having", "set", "not"];
    let is_before = |word: &str| BEFORE_A_COMPARISON.contains(&word) || word.ends_with(',');
    let words: Vec<&str> = text.split(' ').collect();
    if matches!(words.last(), Some(&"limit" | &"offset" | &"cast(")) {
        return true;
    }
    let text = text.strip_suffix('(').map(str::trim_end).filter(|text| text.ends_with(" in")).unwrap_or(text);
    let Some(operand) =
        COMPARES_OR_ADDS.iter().filter_map(|operator| text.strip_suffix(operator)).min_by_key(|rest| rest.len())
    else {
        return false;
    };
    let mut words = operand.trim_end().rsplit(' ');
    let (name, before) = (words.next().unwrap_or_default().trim_start_matches('('), words.next().unwrap_or_default());
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"' | '`');
    !name.is_empty() && name.chars().all(is_name) && !is_before(name) && is_before(before)
}

/// A column that stores values in the form of another program.
#[derive(Clone, Copy)]
struct EncodedColumn<'a> {
    column: &'a ColumnRef,
    encoding: Encoding,
}

fn encoded(column: &ColumnRef) -> Option<EncodedColumn<'_>> {
    match column.table.column(column.name)?.ty {
        Type::Encoded(encoding) => Some(EncodedColumn { column, encoding }),
        _ => None,
    }
}

fn encoding_of(piece: &Piece) -> Option<EncodedColumn<'_>> {
    match piece {
        Piece::Column(column, _) => encoded(column),
        _ => None,
    }
}

/// Returns whether a captured value has a type whose values can also be stored in this form.
fn has_encoding(piece: &Piece, encoding: Encoding) -> bool {
    match piece {
        Piece::Value(value, form) => encoding.takes(value, *form == Form::Span),
        Piece::List(values, form) => values.iter().any(|value| encoding.takes(value, *form == Form::Span)),
        _ => false,
    }
}

fn located(reason: Unstorable, column: &ColumnRef) -> Error {
    reason.into_error().at_column(Some(column.table.name), column.name)
}

/// How a captured number is bound.
enum Target<'a> {
    /// It is converted to the form of this column.
    Column(ScaledColumn<'a>),
    /// It is bound unchanged.
    Unchanged,
    /// The meaning of the number is unknown, so that the statement fails.
    Unknown,
}

/// Returns how a number is bound between these two sides.
fn target(form: Form, sides: [Side<'_>; 2]) -> Target<'_> {
    let is_factor = sides.iter().any(|side| matches!(side, Side::Factor));
    let scaled = match sides {
        [Side::Scaled(one), Side::Scaled(other)] if one.scale != other.scale => return Target::Unknown,
        [Side::Scaled(scaled), _] | [_, Side::Scaled(scaled)] => Some(scaled),
        _ => None,
    };
    let is_next_to_column = sides.iter().any(|side| matches!(side, Side::Column(_)));
    match (form, scaled) {
        (Form::Decimal | Form::Integer(_), Some(scaled)) if !is_factor => Target::Column(scaled),
        // A value with a scale of its own is already an integer in that scale.
        (Form::Integer(1..), _) => Target::Unchanged,
        (_, Some(_)) => Target::Unknown,
        (Form::Decimal, None) if is_next_to_column && !is_factor => Target::Unchanged,
        (Form::Decimal, None) => Target::Unknown,
        (_, None) if is_next_to_column || is_factor => Target::Unchanged,
        (_, None) => Target::Unknown,
    }
}

/// Replaces a captured value, or each value of a captured list.
fn change(piece: &mut Piece, to: impl Fn(&Value) -> Result<Value, Unstorable>) -> Result<(), Unstorable> {
    match piece {
        Piece::Value(value, _) => *value = to(value)?,
        Piece::List(values, _) => {
            for value in values {
                *value = to(value)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Converts a number to an integer with this number of decimal places.
fn convert(value: &Value, form: Form, scale: u32) -> Result<Value, Unstorable> {
    let units = match (value, form) {
        (Value::Integer(value), Form::Integer(own)) => units(i128::from(*value), own, scale),
        (Value::Decimal { mantissa, scale: own }, Form::Decimal) => units(*mantissa, *own, scale),
        (Value::Text(text), Form::Decimal) => {
            parse_decimal(text).and_then(|(mantissa, own)| units(mantissa, own, scale))
        }
        _ => return Ok(value.clone()),
    };
    units.map(Value::Integer).ok_or_else(|| {
        Unstorable::new(format!(
            "cannot hold this number with `scale = {scale}`: it has more decimal places, or more than 18 digits in all"
        ))
    })
}

/// Returns the integer that represents the same number with another scale, if there is one.
fn units(digits: i128, own: u32, scale: u32) -> Option<i64> {
    let power = 10_i128.checked_pow(own.abs_diff(scale))?;
    let units =
        if own <= scale { digits.checked_mul(power)? } else { (digits % power == 0).then_some(digits / power)? };
    i64::try_from(units).ok()
}

fn unknown_form(scale: u32, column: Option<&ColumnRef>) -> Error {
    let what = match column {
        Some(column) => format!("the column `{}.{}` is stored", column.table.name, column.name),
        None => "the result of the text is read".to_owned(),
    };
    Error::usage(format!(
        "{what} as an integer with {scale} decimal places; a captured number is converted to that form only where it is compared \
         with the column, added to it or subtracted from it, and the meaning of this number is unknown: write \
         `{{Scaled::<{scale}>(value)}}` for an amount with decimal places, or `cast({{number}} as integer)` for a plain integer"
    ))
}

fn bare_name(table: &TableDef, column: &ColumnDef) -> Error {
    let (name, scale, table) = (column.name, column.scale, table.rust_name);
    Error::usage(format!(
        "the column `{table}.{name}` is stored as an integer with {scale} decimal places, and a captured number next to its plain \
         name is not converted to that form: write `{{{table}::{}}}` for the column, `{{Scaled::<{scale}>(value)}}` for the number, \
         or `cast({{number}} as integer)` for a plain integer",
        name.to_uppercase()
    ))
}

fn unknown_encoding(EncodedColumn { column, encoding }: EncodedColumn<'_>) -> Error {
    let (table, column) = (column.table.rust_name, column.name);
    Error::usage(format!(
        "the column `{table}.{column}` is stored as {encoding}; a captured value is converted to that form only next to the column, and \
         there is no column next to this value: put one there, as in `{{{table}::{}}} = {{value}}`",
        column.to_uppercase()
    ))
}
