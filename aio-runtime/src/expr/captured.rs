//! Numbers captured in text next to columns that store decimals as integers.
//!
//! `sql!("{Item::PRICE} + {five}")` knows what is in its braces, and the text between. A number
//! that is compared with such a column, added to it or subtracted from it is bound in the column's
//! form. An integer may also be a factor, a limit, or be next to another column. Anywhere else in
//! such a text the meaning of a number is unknown, and it is refused: in `count({Item::PRICE}) >
//! {n}` it is a number of rows, in `max({Item::PRICE}, {n})` a price.

use std::borrow::Cow;

use super::node::ColumnRef;
use super::raw::{Piece, RawNode};
use crate::error::{Error, Result};
use crate::schema::{ColumnDef, TableDef};
use crate::types::{SqlType, Type};
use crate::value::{Encoding, Unstorable, Value, parse_decimal};

/// How a captured value is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A decimal, as its text.
    Decimal,
    /// An integer with this number of decimal places.
    Integer(u32),
    /// A floating-point number.
    Real,
    /// A span of time, as its nanoseconds.
    Span,
    /// Not a number.
    Other,
}

impl Form {
    /// Returns the form of a type.
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
    /// Another column, in a comparison or a sum; `None` if the text names it.
    Column(Option<&'a ColumnRef>),
    /// An operator that binds more tightly than these.
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

/// The operators that bind more tightly
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

    /// Returns the column next to a captured value in whose form, that of another program, the
    /// value is bound; `None` if it stays as it is.
    ///
    /// # Errors
    /// `Usage` if the text has such a column and the value no column next to it.
    fn encoding_for<'a>(&'a self, piece: &Piece, sides: [Side<'a>; 2]) -> Result<Option<EncodedColumn<'a>>> {
        let fits = |column: &EncodedColumn<'_>| is_of(piece, column.encoding);
        let Some(one) = self.pieces.iter().filter_map(encoding_of).find(fits) else { return Ok(None) };
        let columns = sides.into_iter().filter_map(|side| match side {
            Side::Column(column) => Some(column),
            Side::Scaled(scaled) => Some(Some(scaled.column)),
            Side::Factor | Side::Other => None,
        });
        let mut is_beside = false;
        for column in columns {
            is_beside = true;
            if let Some(encoded) = column.and_then(encoded).filter(fits) {
                return Ok(Some(encoded));
            }
        }
        if is_beside { Ok(None) } else { Err(unknown_encoding(one)) }
    }

    /// Checks that no number stands beside the bare name of a scaled column of a captured table.
    ///
    /// # Errors
    /// `Usage` if one does: in braces, the column has the number in its form.
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
            let beside = name_before(&before).into_iter().chain(name_after(&after, form));
            // A decimal is no number of rows or pieces, so it stands beside what is made of a
            // price, too.
            let calculated = if form == Form::Decimal { names_of_operand(&before) } else { Vec::new() };
            if let Some((table, column)) = beside.chain(calculated).find_map(|name| self.scaled_column(name)) {
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

    /// Returns a scale that the text involves: that of a column, or that of the type as which it
    /// is read.
    fn first_scale(&self) -> Option<(u32, Option<&ColumnRef>)> {
        let column = self.pieces.iter().find_map(|piece| match piece {
            Piece::Column(column, scale) if *scale > 0 => Some((*scale, Some(column))),
            _ => None,
        });
        column.or((self.read_scale > 0).then_some((self.read_scale, None)))
    }

    /// Returns what precedes a number. For the upper bound of a `between`, it is what precedes the
    /// lower bound.
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
        let binds = before.is_some_and(|before| FACTORS.iter().any(|factor| before.ends_with(factor)));
        match self.neighbor(operator, column) {
            Side::Other if is_explicitly_no_price(&text) => Side::Column(None),
            Side::Scaled(_) | Side::Column(_) if binds => Side::Other,
            side => side,
        }
    }

    fn right_of(&self, index: usize) -> Side<'_> {
        let Some(text) = self.text_at(Some(index + 1)) else { return Side::Other };
        if FACTORS.iter().any(|factor| text.starts_with(factor)) {
            return Side::Factor;
        }
        let behind = self.text_at(Some(index + 3));
        let binds = behind.is_some_and(|behind| FACTORS.iter().any(|factor| behind.starts_with(factor)));
        match self.neighbor(&text, Some(index + 2)) {
            Side::Scaled(_) | Side::Column(_) if binds => Side::Other,
            side => side,
        }
    }

    /// Returns the text at a position, in lowercase and with single blanks between its words, or
    /// `None` if it contains a comment.
    fn text_at(&self, index: Option<usize>) -> Option<String> {
        match index.and_then(|index| self.pieces.get(index)) {
            Some(Piece::Text(text)) if !text.contains("/*") && !text.contains("--") => Some(normal(text)),
            _ => None,
        }
    }

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
        matches!(before, Some(Piece::Text(text)) if normal(text).ends_with("between"))
    }
}

/// Returns a text in lowercase, with single blanks between its words.
fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase()
}

/// Returns whether an operator takes a list in parentheses.
fn is_list(operator: &str) -> bool {
    matches!(operator, "in" | "not in")
}

fn is_in_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '"' | '`')
}

/// Returns the name in a text that a number behind the text is compared with, or added to.
fn name_before(text: &str) -> Option<&str> {
    let text = text.strip_suffix('(').map(str::trim_end).filter(|text| text.ends_with(" in")).unwrap_or(text);
    let operand =
        COMPARES_OR_ADDS.iter().filter_map(|operator| text.strip_suffix(operator)).min_by_key(|rest| rest.len())?;
    operand.trim_end().rsplit(|c| !is_in_name(c)).next().filter(|name| !name.is_empty())
}

/// Returns the name in a text that a number before the text is compared with, or added to; a
/// decimal may be a factor, too.
fn name_after(text: &str, form: Form) -> Option<&str> {
    let factors = if form == Form::Decimal { &FACTORS[..3] } else { &[] };
    let operators = COMPARES_OR_ADDS.iter().chain(factors);
    let operand = operators.filter_map(|operator| text.strip_prefix(operator)).min_by_key(|rest| rest.len())?;
    operand.trim_start().split(|c| !is_in_name(c)).next().filter(|name| !name.is_empty())
}

/// Returns the names in the operand, or the arguments, at the end of a text.
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

/// Returns whether the text before a number shows that it is no price: that it is a limit, is
/// explicitly cast, or is compared with a name in the text.
fn is_explicitly_no_price(text: &str) -> bool {
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

/// Returns whether a captured value is, in the library's own form, one that has this form too.
fn is_of(piece: &Piece, encoding: Encoding) -> bool {
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
    /// In the form of this column.
    Column(ScaledColumn<'a>),
    /// As it is.
    Unchanged,
    /// What the number means cannot be determined.
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
        // A value with a scale is in its form already.
        (Form::Integer(1..), _) => Target::Unchanged,
        (_, Some(_)) => Target::Unknown,
        (Form::Decimal, None) if is_next_to_column && !is_factor => Target::Unchanged,
        (Form::Decimal, None) => Target::Unknown,
        (_, None) if is_next_to_column || is_factor => Target::Unchanged,
        (_, None) => Target::Unknown,
    }
}

/// Changes a captured value, or each of a list.
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

/// Returns a number as an integer with this number of decimal places.
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
            "cannot hold this number with `scale = {scale}`: it has more places, or more than 18 digits in all"
        ))
    })
}

/// Returns the integer for another scale, if there is one.
fn units(digits: i128, own: u32, scale: u32) -> Option<i64> {
    let power = 10_i128.checked_pow(own.abs_diff(scale))?;
    let units =
        if own <= scale { digits.checked_mul(power)? } else { (digits % power == 0).then_some(digits / power)? };
    i64::try_from(units).ok()
}

fn unknown_form(scale: u32, column: Option<&ColumnRef>) -> Error {
    let what = match column {
        Some(column) => format!("the column `{}.{}` is stored", column.table.name, column.name),
        None => "the text is read".to_owned(),
    };
    Error::usage(format!(
        "{what} as an integer with {scale} digits behind the point, and a number beside it is bound so where it is compared, \
         added or subtracted; of this one it is not known what it means: write `{{Scaled::<{scale}>(value)}}` for such a \
         number, and `cast({{number}} as integer)` for a plain one"
    ))
}

fn bare_name(table: &TableDef, column: &ColumnDef) -> Error {
    let (name, scale, table) = (column.name, column.scale, table.rust_name);
    Error::usage(format!(
        "the column `{table}.{name}` is stored as an integer with {scale} digits behind the point, and a number beside its bare \
         name is not bound so: write `{{{table}::{}}}` for the column, `{{Scaled::<{scale}>(value)}}` for the number, or \
         `cast({{number}} as integer)` for a plain one",
        name.to_uppercase()
    ))
}

fn unknown_encoding(EncodedColumn { column, encoding }: EncodedColumn<'_>) -> Error {
    let (table, column) = (column.table.rust_name, column.name);
    Error::usage(format!(
        "the column `{table}.{column}` is stored as {encoding}, and a value beside it is bound so where it is compared; of this one it is \
         not known what it means: put a column in braces directly beside it, as in `{{{table}::{}}} = {{value}}`",
        column.to_uppercase()
    ))
}
