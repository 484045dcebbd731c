//! Converts the values that are captured in raw SQL to the form in which the column beside them
//! stores values: decimals for a column that stores them as integers, and other values for a
//! column that stores them in the encoding of another program.
//!
//! `sql!("{Item::PRICE} + {five}")` knows what is captured in its braces, and the text between
//! them. A *scaled column* stores decimals as integers, as `scale = 2` declares. A number that is
//! compared with a scaled column, added to it, subtracted from it or inserted into it is converted
//! to such an integer. At any other position in a text that uses a scaled column, a number is
//! bound unchanged only if it is certain that it is not an amount of that column: if the column is
//! multiplied by the number, if the number is a limit, or if the number is compared with another
//! column. Otherwise the statement fails.
//!
//! A `Decimal` may be an amount in any text, so it is bound only where its column is known: in a
//! column of integers, a database may store the text `12` as the integer 12, which is 0.12 if the
//! column has two decimal places.

mod sides;
mod text;
mod tokens;

use std::borrow::Cow;

use super::node::ColumnRef;
use super::raw::{Piece, RawNode};
use crate::error::{Error, Result};
use crate::schema::{ColumnDef, TableDef};
use crate::types::{SqlType, Type};
use crate::value::{Encoding, Unstorable, Value, largest_decimal, parse_decimal};
use sides::Side;
use text::Text;
use tokens::Slot;

/// The kind of a captured value, by its Rust type: which kind of number it is, if it is a number.
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
    /// A value that is not a number.
    Other,
}

impl Form {
    /// Returns the kind of the values of the type `B`.
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

/// A column, and the number of decimal places if it stores decimals as integers; 0 if it does not.
#[derive(Clone, Copy)]
struct Known {
    column: ColumnRef,
    scale: u32,
}

/// How a text uses a scaled column, which stores decimals as integers.
#[derive(Clone, Copy)]
enum Involved<'a> {
    /// The column is captured.
    Column(&'a ColumnRef, u32),
    /// The result of the text is read as a decimal that is stored as an integer with this number
    /// of decimal places.
    Read(u32),
    /// The text uses a column of a captured table, by its name or without naming it.
    Name(&'static TableDef, &'static ColumnDef),
}

impl RawNode {
    /// Returns the raw SQL with each captured value converted, where necessary, to the form in
    /// which the column next to the value stores values.
    ///
    /// # Errors
    /// `Unstorable` if the column cannot hold a value; `Usage` if it is unknown to which stored
    /// form a value has to be converted.
    pub(crate) fn in_forms_of_columns(&self) -> Result<Cow<'_, RawNode>> {
        if !self.needs_forms() {
            return Ok(Cow::Borrowed(self));
        }
        let text = Text::of(self);
        let involved = self.involved(text.as_ref());
        let mut bound = Cow::Borrowed(self);
        for (slot, form) in self.slots() {
            let position = text.as_ref().and_then(|text| Some((text, text.position(slot)?)));
            let sides = position.map_or([Side::Other; 2], |(text, at)| text.sides(at));
            let is_factor = position.is_some_and(|(text, at)| text.is_factor(at));
            if let Some(target) = self.encoding_for(slot, form, sides)? {
                bound
                    .to_mut()
                    .change(slot, |value| target.encoding.encode(value))
                    .map_err(|reason| located(reason, &target.column))?;
                continue;
            }
            match target(form, sides, is_factor)? {
                Target::Column(target) => bound
                    .to_mut()
                    .change(slot, |value| convert(value, form, target.scale))
                    .map_err(|reason| located(reason, &target.column))?,
                Target::Unchanged => {}
                Target::Unknown => self.check_unknown(form, text.as_ref(), involved)?,
            }
        }
        Ok(bound)
    }

    /// Returns whether any value may have to be converted. If none has to be, the text does not
    /// have to be parsed.
    fn needs_forms(&self) -> bool {
        let has_form = |column: &ColumnDef| column.scale > 0 || matches!(column.ty, Type::Encoded(_));
        let mut slots = self.slots().peekable();
        slots.peek().is_some()
            && (self.read_scale > 0
                || slots.any(|(_, form)| form == Form::Decimal)
                || self.pieces.iter().any(|piece| match piece {
                    Piece::Column(column, scale) => *scale > 0 || encoded(column).is_some(),
                    Piece::Table(table) => table.columns.iter().any(has_form),
                    _ => false,
                }))
    }

    /// Returns the places of all captured and bound values and lists in this node, each with the
    /// kind of its values.
    fn slots(&self) -> impl Iterator<Item = (Slot, Form)> {
        let pieces = self.pieces.iter().enumerate().filter_map(|(index, piece)| match piece {
            Piece::Value(_, form) | Piece::List(_, form, _) => Some((Slot::Piece(index), *form)),
            _ => None,
        });
        pieces.chain(self.bound.iter().enumerate().map(|(index, (_, form))| (Slot::Bound(index), *form)))
    }

    /// Returns the value at a place, or all values of the list there.
    fn values(&self, slot: Slot) -> &[Value] {
        match slot {
            Slot::Piece(index) => match &self.pieces[index] {
                Piece::Value(value, _) => std::slice::from_ref(value),
                Piece::List(values, ..) => values,
                _ => &[],
            },
            Slot::Bound(index) => std::slice::from_ref(&self.bound[index].0),
        }
    }

    /// Replaces the value at a place, or each value of the list there.
    fn change(&mut self, slot: Slot, to: impl Fn(&Value) -> Result<Value, Unstorable>) -> Result<(), Unstorable> {
        let values = match slot {
            Slot::Piece(index) => match &mut self.pieces[index] {
                Piece::Value(value, _) => std::slice::from_mut(value),
                Piece::List(values, ..) => values.as_mut_slice(),
                _ => &mut [],
            },
            Slot::Bound(index) => std::slice::from_mut(&mut self.bound[index].0),
        };
        for value in values {
            *value = to(value)?;
        }
        Ok(())
    }

    /// Returns the column next to a captured value if that column stores such values in the
    /// encoding of another program, so that the value has to be converted. Returns `None` if no
    /// conversion to an encoding is needed.
    ///
    /// # Errors
    /// `Usage` if the text has such a column next to the value only by its name, not captured, or
    /// if the text captures such a column but has no column next to the value.
    fn encoding_for(&self, slot: Slot, form: Form, sides: [Side; 2]) -> Result<Option<EncodedColumn>> {
        let values = self.values(slot);
        let fits =
            |column: &EncodedColumn| values.iter().any(|value| column.encoding.accepts(value, form == Form::Span));
        for side in sides {
            match side {
                Side::Column(known) => {
                    if let Some(column) = encoded(&known.column).filter(fits) {
                        return Ok(Some(column));
                    }
                }
                Side::Name(table, column) => {
                    let column = ColumnRef { table, alias: None, name: column.name };
                    if let Some(column) = encoded(&column).filter(fits) {
                        return Err(unknown_encoding(column));
                    }
                }
                _ => {}
            }
        }
        let captured = self.pieces.iter().find_map(|piece| match piece {
            Piece::Column(column, _) => encoded(column).filter(fits),
            _ => None,
        });
        let is_next_to_column =
            sides.iter().any(|side| matches!(side, Side::Column(_) | Side::Name(..) | Side::Explicit));
        match captured {
            Some(column) if !is_next_to_column => Err(unknown_encoding(column)),
            _ => Ok(None),
        }
    }

    /// Returns how the text uses a scaled column, which stores decimals as integers, or `None` if
    /// it uses none.
    fn involved<'a>(&'a self, text: Option<&Text<'a>>) -> Option<Involved<'a>> {
        let captured = self.pieces.iter().find_map(|piece| match piece {
            Piece::Column(column, scale) if *scale > 0 => Some(Involved::Column(column, *scale)),
            _ => None,
        });
        captured.or((self.read_scale > 0).then_some(Involved::Read(self.read_scale))).or_else(|| {
            let column = match text {
                Some(text) => text.scaled(),
                // If the text cannot be parsed, only the captured tables are known.
                None => self.pieces.iter().find_map(|piece| match piece {
                    Piece::Table(table) => table.columns.iter().find(|c| c.scale > 0).map(|column| (*table, column)),
                    _ => None,
                }),
            };
            column.map(|(table, column)| Involved::Name(table, column))
        })
    }

    /// Checks that a value may be bound unchanged if it is unknown which column it is for.
    ///
    /// # Errors
    /// `Usage` if the value may be an amount for a column that stores decimals as integers.
    fn check_unknown(&self, form: Form, text: Option<&Text<'_>>, involved: Option<Involved<'_>>) -> Result<()> {
        if matches!(form, Form::Integer(1..)) {
            return Ok(());
        }
        if let Some((table, column)) = text.and_then(Text::positional).and_then(scaled_column) {
            return Err(unnamed_columns(table, column));
        }
        match (form, involved) {
            (Form::Other | Form::Span, _) => Ok(()),
            (_, Some(Involved::Column(column, scale))) => Err(unknown_form(scale, Some(column))),
            (_, Some(Involved::Read(scale))) => Err(unknown_form(scale, None)),
            (_, Some(Involved::Name(table, column))) => Err(bare_name(table, column)),
            (Form::Decimal, None) => Err(unknown_decimal()),
            (_, None) => Ok(()),
        }
    }
}

/// Returns the first column of a table that stores decimals as integers, with the table, or `None`
/// if there is no such column.
fn scaled_column(table: &'static TableDef) -> Option<(&'static TableDef, &'static ColumnDef)> {
    table.columns.iter().find(|column| column.scale > 0).map(|column| (table, column))
}

/// A column that stores values in the encoding of another program.
#[derive(Clone, Copy)]
struct EncodedColumn {
    column: ColumnRef,
    encoding: Encoding,
}

fn encoded(column: &ColumnRef) -> Option<EncodedColumn> {
    match column.table.column(column.name)?.ty {
        Type::Encoded(encoding) => Some(EncodedColumn { column: *column, encoding }),
        _ => None,
    }
}

fn located(reason: Unstorable, column: &ColumnRef) -> Error {
    reason.into_error().at_column(Some(column.table.full_name), column.name)
}

/// How a captured value is bound.
enum Target {
    /// The value is converted to an integer with the decimal places of this column.
    Column(Known),
    /// The value is bound unchanged.
    Unchanged,
    /// It is unknown which column the value is for.
    Unknown,
}

/// Returns how a value of the kind `form` is bound, by the columns or expressions that it is
/// combined with on its two sides. `is_factor` says whether an operator other than a comparison,
/// `+` or `-` stands beside it.
///
/// # Errors
/// `Usage` if the value is next to a column that stores decimals as integers, and either the text
/// names the column without capturing it or the value is not a number.
fn target(form: Form, sides: [Side; 2], is_factor: bool) -> Result<Target> {
    for side in sides {
        match (side, form) {
            (Side::Name(_, column), Form::Integer(own @ 1..)) if own == column.scale || is_factor => {}
            (Side::Name(table, column), Form::Other | Form::Span) if column.scale > 0 => {
                return Err(not_a_number(table, column.name, column.scale));
            }
            (Side::Name(table, column), _) if column.scale > 0 => return Err(bare_name(table, column)),
            _ => {}
        }
    }
    let is_plain = |side: &Side| match side {
        Side::Column(column) => column.scale == 0,
        Side::Name(..) | Side::Count => true,
        Side::Explicit | Side::Factor | Side::Other => false,
    };
    let scaled = sides.iter().filter_map(|side| match side {
        Side::Column(column) if column.scale > 0 => Some(*column),
        _ => None,
    });
    let scaled: Vec<Known> = scaled.collect();
    let is_one_scale = scaled.windows(2).all(|pair| pair[0].scale == pair[1].scale) && !sides.iter().any(is_plain);
    Ok(match (form, scaled.first()) {
        (Form::Decimal | Form::Integer(_), Some(column)) if is_one_scale && !is_factor => Target::Column(*column),
        // The user has captured a `Scaled`, which is already an integer with its scale.
        (Form::Integer(1..), _) => Target::Unchanged,
        (Form::Other | Form::Span, Some(Known { column, scale })) if !is_factor => {
            return Err(not_a_number(column.table, column.name, *scale));
        }
        (Form::Decimal | Form::Integer(_) | Form::Real, Some(_)) => Target::Unknown,
        (Form::Decimal, None) => match sides {
            [Side::Explicit, _] => Target::Unchanged,
            [Side::Column(_) | Side::Name(..), _] | [_, Side::Column(_) | Side::Name(..)] if !is_factor => {
                Target::Unchanged
            }
            _ => Target::Unknown,
        },
        _ if sides.iter().all(|side| matches!(side, Side::Other)) => Target::Unknown,
        _ => Target::Unchanged,
    })
}

/// Converts a number to the integer that stores it with `scale` decimal places. Returns a value
/// that is not an exact number unchanged.
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
            "cannot hold this number with `scale = {scale}`: it has more decimal places, or is larger than {}",
            largest_decimal(scale)
        ))
    })
}

/// Converts an integer with `own` decimal places to the integer that represents the same number
/// with `scale` decimal places. Returns `None` if there is no such integer.
fn units(digits: i128, own: u32, scale: u32) -> Option<i64> {
    let power = 10_i128.checked_pow(own.abs_diff(scale))?;
    let units =
        if own <= scale { digits.checked_mul(power)? } else { (digits % power == 0).then_some(digits / power)? };
    i64::try_from(units).ok()
}

fn unknown_form(scale: u32, column: Option<&ColumnRef>) -> Error {
    let what = match column {
        Some(column) => format!("the column `{}.{}` is stored", column.table.full_name, column.name),
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

fn not_a_number(table: &TableDef, name: &str, scale: u32) -> Error {
    let table = table.rust_name;
    Error::usage(format!(
        "the column `{table}.{name}` is stored as an integer with {scale} decimal places, and the captured value next to it is not \
         a number: the database would take the text `12` for that integer; write `{{Scaled::<{scale}>(value)}}`, with a `Decimal`"
    ))
}

fn unnamed_columns(table: &TableDef, column: &ColumnDef) -> Error {
    let (name, scale, table) = (column.name, column.scale, table.rust_name);
    Error::usage(format!(
        "the column `{table}.{name}` is stored as an integer with {scale} decimal places, and this INSERT does not say which of its \
         values is for that column: name the columns, `insert into {{{table}}} ({name}, ..) values ..`, or write \
         `{{Scaled::<{scale}>(value)}}` for that value and `cast({{value}} as ..)` for the others"
    ))
}

fn unknown_decimal() -> Error {
    Error::usage(
        "a `Decimal` in raw SQL is converted to the form of the column that is captured next to it, as in `{Item::PRICE} > \
         {value}`, and there is no such column next to this one: write `Scaled::<2>(value)` for a column with `scale = 2`, or \
         `cast({value} as text)` for a column without a scale",
    )
}

fn unknown_encoding(EncodedColumn { column, encoding }: EncodedColumn) -> Error {
    let (table, column) = (column.table.rust_name, column.name);
    Error::usage(format!(
        "the column `{table}.{column}` is stored as {encoding}; a captured value is converted to that form only next to the column, and \
         there is no column next to this value: put one there, as in `{{{table}::{}}} = {{value}}`",
        column.to_uppercase()
    ))
}
