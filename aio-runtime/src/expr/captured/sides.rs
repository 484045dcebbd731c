//! Finds which columns or expressions a captured value in raw SQL is combined with on its two
//! sides.

use super::Known;
use super::text::{Named, Text};
use super::tokens::Token;
use crate::schema::{ColumnDef, TableDef};

/// One side of a captured value: the column or expression that the value is combined with there.
#[derive(Clone, Copy)]
pub(super) enum Side {
    /// A captured column that the value is compared with, added to or subtracted from, or the
    /// column that an INSERT puts the value in.
    Column(Known),
    /// A column that the text only names, of a captured table, and that the value is compared
    /// with, added to or subtracted from.
    Name(&'static TableDef, &'static ColumnDef),
    /// The text says what the value is: it is cast to a type, or is a limit or an offset.
    Explicit,
    /// A number of rows, `count(..)`, that the value is compared with, added to or subtracted
    /// from.
    Count,
    /// A column with a `scale` that is multiplied or divided by the value, or an operator of texts
    /// or JSON such as `||`. The value is then not an amount of the column.
    Factor,
    /// Anything else.
    Other,
}

/// The kind of an operator in the raw SQL.
#[derive(Clone, Copy, PartialEq)]
enum Operator {
    Compares,
    Adds,
    Multiplies,
    /// The operand on the left is divided.
    Divides,
    /// Any other operator that is written as a symbol.
    Tighter,
    /// An operator that concatenates texts, or reads from a JSON document.
    OfText,
}

/// What an operator beside a captured value combines with the value.
enum Operand {
    Column(Known),
    Name(Named),
    Count,
    /// An expression in parentheses or a call, whose parentheses are at these two positions.
    Group(usize, usize),
    Value,
    Literal,
}

impl Text<'_> {
    /// Returns what the value at a position is combined with on its left and its right.
    pub(super) fn sides(&self, at: usize) -> [Side; 2] {
        if let Some(column) = self.inserted_into(at) {
            return [Side::Column(column), Side::Other];
        }
        if self.is_explicit(at) {
            return [Side::Explicit, Side::Other];
        }
        [self.left_of(at), self.right_of(at)]
    }

    fn is_explicit(&self, at: usize) -> bool {
        let before = at.checked_sub(1);
        let is_cast =
            self.is_symbol(before, "(") && self.is_word(at.checked_sub(2), "cast") && self.is_word(Some(at + 1), "as");
        // The second value in `limit {offset}, {count}`.
        let is_second_of_limit = self.is_symbol(before, ",") && self.is_word(at.checked_sub(3), "limit");
        is_cast
            || is_second_of_limit
            || self.is_symbol(Some(at + 1), "::")
            || self.is_word(before, "limit")
            || self.is_word(before, "offset")
    }

    fn left_of(&self, at: usize) -> Side {
        let Some((operator, begin)) = self.operator_before(at) else { return Side::Other };
        let Some((operand, begin)) = begin.checked_sub(1).and_then(|end| self.operand_before(end)) else {
            return if operator == Operator::OfText { Side::Factor } else { Side::Other };
        };
        let further = self.operator_before(begin);
        let is_alone = match (&operand, further) {
            (_, None) => true,
            // In `{Item::PRICE} - {Item::DISCOUNT} > {value}`, the value is for both columns, so
            // that they must have the same scale.
            (Operand::Column(column), Some((Operator::Adds, before))) => self.is_sum_of(column.scale, before),
            (Operand::Column(column), Some((Operator::Compares, _))) => column.scale > 0 && operator == Operator::Adds,
            (Operand::Value, Some((Operator::Multiplies, before))) => {
                return match before.checked_sub(1).and_then(|end| self.operand_before(end)) {
                    Some((operand, _)) if operator == Operator::Multiplies && self.is_price(&operand) => Side::Factor,
                    _ => Side::Other,
                };
            }
            _ => false,
        };
        match operator {
            Operator::OfText => Side::Factor,
            Operator::Multiplies | Operator::Divides if self.is_price(&operand) => Side::Factor,
            Operator::Compares | Operator::Adds => side(operand, is_alone),
            _ => Side::Other,
        }
    }

    fn right_of(&self, at: usize) -> Side {
        let Some((operator, begin)) = self.operator_after(at) else { return Side::Other };
        let Some((operand, end)) = self.operand_after(begin) else {
            return if operator == Operator::OfText { Side::Factor } else { Side::Other };
        };
        match operator {
            Operator::OfText => Side::Factor,
            Operator::Multiplies if self.is_price(&operand) => Side::Factor,
            Operator::Compares | Operator::Adds => {
                let further = self.operator_after(end);
                let is_compared = operator == Operator::Adds && matches!(further, Some((Operator::Compares, _)));
                side(operand, further.is_none() || is_compared)
            }
            _ => Side::Other,
        }
    }

    /// Returns whether the value at a position is an operand of an operator other than a
    /// comparison, `+` or `-`.
    pub(super) fn is_factor(&self, at: usize) -> bool {
        let tight = [self.operator_before(at), self.operator_after(at)];
        tight.into_iter().flatten().any(|(operator, _)| !matches!(operator, Operator::Compares | Operator::Adds))
    }

    /// Returns whether all operands of the sum that ends before this operator are captured columns
    /// with this scale.
    fn is_sum_of(&self, scale: u32, mut operator: usize) -> bool {
        loop {
            let operand = operator.checked_sub(1).and_then(|end| self.operand_before(end));
            let Some((Operand::Column(column), begin)) = operand else { return false };
            if column.scale != scale {
                return false;
            }
            match self.operator_before(begin) {
                None => return true,
                Some((Operator::Adds, before)) => operator = before,
                Some(_) => return false,
            }
        }
    }

    /// Returns whether an operand is or contains a column with a `scale`.
    fn is_price(&self, operand: &Operand) -> bool {
        match operand {
            Operand::Column(column) => column.scale > 0,
            Operand::Name(Named::Column(_, column)) => column.scale > 0,
            Operand::Group(begin, end) => (*begin..*end).any(|at| match &self.tokens[at] {
                Token::Column(_, scale) => *scale > 0,
                token => token
                    .name()
                    .is_some_and(|name| matches!(self.named(None, name), Named::Column(_, column) if column.scale > 0)),
            }),
            _ => false,
        }
    }

    /// Returns the kind of the symbol at a position if it is an operator, or `None` for anything
    /// else.
    fn operator_at(&self, at: usize) -> Option<Operator> {
        let Token::Symbol(symbol) = self.tokens.get(at)? else { return None };
        Some(match *symbol {
            "=" | "==" | "<>" | "!=" | "<" | "<=" | ">" | ">=" => Operator::Compares,
            "+" | "-" => Operator::Adds,
            "*" => Operator::Multiplies,
            "/" => Operator::Divides,
            "||" | "->" | "->>" => Operator::OfText,
            "(" | ")" | "," | ";" | "." | "::" => return None,
            _ => Operator::Tighter,
        })
    }

    /// Returns the operator before a position, and the position of its first token, or `None` if
    /// there is no operator. Before the upper bound of a BETWEEN, that is BETWEEN, and before any
    /// item of a list after IN, it is IN.
    fn operator_before(&self, at: usize) -> Option<(Operator, usize)> {
        let before = at.checked_sub(1)?;
        let second = before.checked_sub(1);
        let without_not = |at: usize| match at.checked_sub(1) {
            Some(before) if self.is_word(Some(before), "not") => before,
            _ => at,
        };
        match &self.tokens[before] {
            Token::Symbol("(" | ",") => {
                let mut open = before;
                while self.is_symbol(Some(open), ",")
                    && matches!(self.token(open.checked_sub(1)), Some(Token::Value(_) | Token::Literal))
                {
                    open = open.checked_sub(2)?;
                }
                let list = open.checked_sub(1)?;
                (self.tokens[open].is("(") && self.is_word(Some(list), "in"))
                    .then(|| (Operator::Compares, without_not(list)))
            }
            Token::Symbol(_) => self.operator_at(before).map(|operator| (operator, before)),
            Token::Word(_) => {
                let word = |word| self.is_word(Some(before), word);
                let begin = if word("between") {
                    without_not(before)
                } else if word("and") && matches!(self.token(second), Some(Token::Value(_) | Token::Literal)) {
                    let between = before.checked_sub(2)?;
                    if !self.is_word(Some(between), "between") {
                        return None;
                    }
                    without_not(between)
                } else if word("is") {
                    before
                } else if word("not") && self.is_word(second, "is") {
                    before - 1
                } else if word("from") && self.is_word(second, "distinct") {
                    let begin = without_not(before - 1).checked_sub(1)?;
                    self.is_word(Some(begin), "is").then_some(begin)?
                } else {
                    return None;
                };
                Some((Operator::Compares, begin))
            }
            _ => None,
        }
    }

    /// Returns the operator after a position, and the position after its last token, or `None` if
    /// there is no operator.
    fn operator_after(&self, at: usize) -> Option<(Operator, usize)> {
        let after = at + 1;
        match self.tokens.get(after)? {
            Token::Symbol(_) => self.operator_at(after).map(|operator| (operator, after + 1)),
            Token::Word(_) => {
                let mut end = after + 1;
                if self.is_word(Some(after), "is") {
                    end += usize::from(self.is_word(Some(end), "not"));
                    let is_distinct = self.is_word(Some(end), "distinct") && self.is_word(Some(end + 1), "from");
                    return Some((Operator::Compares, end + if is_distinct { 2 } else { 0 }));
                }
                end += usize::from(self.is_word(Some(after), "not"));
                let last = self.tokens.get(end - 1)?;
                (last.is_word("between") || last.is_word("in")).then_some((Operator::Compares, end))
            }
            _ => None,
        }
    }

    /// Returns the operand that ends at a position, and the position of its first token, or `None`
    /// if no operand ends there.
    fn operand_before(&self, end: usize) -> Option<(Operand, usize)> {
        let qualified = |at: usize| match at.checked_sub(2) {
            Some(table) if self.is_symbol(Some(at - 1), ".") => self.tokens[table].name().map(|name| (table, name)),
            _ => None,
        };
        match self.tokens.get(end)? {
            Token::Column(column, scale) => {
                let begin = qualified(end).map_or(end, |(begin, _)| begin);
                Some((Operand::Column(Known { column: **column, scale: *scale }), begin))
            }
            Token::Word(name) | Token::Quoted(name) => {
                let table = qualified(end);
                let named = self.named(table.map(|(_, table)| table), name);
                Some((Operand::Name(named), table.map_or(end, |(begin, _)| begin)))
            }
            Token::Symbol(")") => {
                let open = self.open_of(end)?;
                let function = open.checked_sub(1).filter(|at| matches!(self.tokens[*at], Token::Word(_)));
                let operand = match function {
                    Some(at) if self.tokens[at].is_word("count") => Operand::Count,
                    _ => Operand::Group(open, end),
                };
                Some((operand, function.unwrap_or(open)))
            }
            Token::Literal => Some((Operand::Literal, end)),
            Token::Value(_) => Some((Operand::Value, end)),
            Token::Symbol(_) | Token::Table(_) => None,
        }
    }

    /// Returns the operand that begins at a position, and the position of its last token, or
    /// `None` if no operand begins there.
    fn operand_after(&self, begin: usize) -> Option<(Operand, usize)> {
        let last = if self.is_symbol(Some(begin + 1), ".") { begin + 2 } else { begin };
        match self.tokens.get(begin)? {
            Token::Word(_) if self.is_symbol(Some(last + 1), "(") => {
                let close = self.close_of(last + 1)?;
                let is_count = self.tokens[begin].is_word("count");
                Some((if is_count { Operand::Count } else { Operand::Group(last + 1, close) }, close))
            }
            Token::Symbol("(") => self.close_of(begin).map(|close| (Operand::Group(begin, close), close)),
            Token::Literal => Some((Operand::Literal, begin)),
            Token::Value(_) => Some((Operand::Value, begin)),
            Token::Symbol(_) | Token::Table(_) => None,
            Token::Column(..) | Token::Word(_) | Token::Quoted(_) => {
                self.operand_before(last).map(|(operand, _)| (operand, last))
            }
        }
    }
}

/// Returns the side for an operand of a comparison, `+` or `-`. `is_alone` says that no other
/// operator takes part of the operand. The name of a column with a `scale` counts even if it is
/// not alone, because the statement fails with any number next to it.
fn side(operand: Operand, is_alone: bool) -> Side {
    match operand {
        Operand::Name(Named::Column(table, column)) if is_alone || column.scale > 0 => Side::Name(table, column),
        Operand::Column(column) if is_alone => Side::Column(column),
        Operand::Count if is_alone => Side::Count,
        _ => Side::Other,
    }
}
