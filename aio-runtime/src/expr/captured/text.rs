//! Finds the tables and columns that raw SQL names.

use super::super::node::ColumnRef;
use super::super::raw::{Piece, RawNode};
use super::Known;
use super::tokens::{Slot, Token, tokens};
use crate::schema::{ColumnDef, TableDef};

/// Raw SQL as tokens, with the tables and columns that were found in them.
pub(super) struct Text<'a> {
    pub(super) tokens: Vec<Token<'a>>,
    /// The captured tables, with the aliases that the text gives them.
    tables: Vec<(&'static TableDef, Option<&'a str>)>,
    /// The positions of the values in an INSERT, each with the column that the value is for.
    inserted: Vec<(usize, Known)>,
    /// The table of an INSERT without a list of columns.
    positional: Option<&'static TableDef>,
}

/// What a name in the text refers to.
#[derive(Clone, Copy)]
pub(super) enum Named {
    /// A column of a captured table.
    Column(&'static TableDef, &'static ColumnDef),
    /// It is unknown what the name refers to.
    Unknown,
}

impl<'a> Text<'a> {
    /// Splits raw SQL into tokens, and finds the tables and the values of an INSERT among them.
    /// Returns `None` if the text cannot be split.
    pub(super) fn of(raw: &'a RawNode) -> Option<Text<'a>> {
        let tokens = tokens(raw)?;
        let tables = tokens.iter().enumerate().filter_map(|(at, token)| match token {
            Token::Table(table) => {
                let alias = at + 1 + usize::from(tokens.get(at + 1).is_some_and(|token| token.is_word("as")));
                Some((*table, tokens.get(alias).and_then(Token::name)))
            }
            _ => None,
        });
        let tables = tables.collect();
        let mut text = Text { tokens, tables, inserted: Vec::new(), positional: None };
        text.find_inserted(raw);
        Some(text)
    }

    /// Returns the position of a captured or bound value among the tokens, or `None` if no token
    /// is this value.
    pub(super) fn position(&self, slot: Slot) -> Option<usize> {
        self.tokens.iter().position(|token| matches!(token, Token::Value(own) if *own == slot))
    }

    pub(super) fn token(&self, at: Option<usize>) -> Option<&Token<'a>> {
        at.and_then(|at| self.tokens.get(at))
    }

    pub(super) fn is_word(&self, at: Option<usize>, word: &str) -> bool {
        self.token(at).is_some_and(|token| token.is_word(word))
    }

    pub(super) fn is_symbol(&self, at: Option<usize>, symbol: &str) -> bool {
        self.token(at).is_some_and(|token| token.is(symbol))
    }

    /// Returns the column in which an INSERT stores the value at a position. Returns `None` if the
    /// column is unknown, if the value is only a part of an expression, or if the text is not an
    /// INSERT.
    pub(super) fn inserted_into(&self, at: usize) -> Option<Known> {
        self.inserted.iter().find(|(place, _)| *place == at).map(|(_, column)| *column)
    }

    /// Returns the table of an INSERT that does not list its columns, or `None` for any other
    /// text.
    pub(super) fn positional(&self) -> Option<&'static TableDef> {
        self.positional
    }

    /// Returns the position of the parenthesis that closes the parenthesis at `open`, or `None` if
    /// there is none.
    pub(super) fn close_of(&self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        (open..self.tokens.len()).find(|at| {
            depth += usize::from(self.tokens[*at].is("("));
            depth -= usize::from(self.tokens[*at].is(")"));
            depth == 0
        })
    }

    /// Returns the position of the parenthesis that opens the parenthesis at `close`, or `None` if
    /// there is none.
    pub(super) fn open_of(&self, close: usize) -> Option<usize> {
        let mut depth = 0_usize;
        (0..=close).rev().find(|at| {
            depth += usize::from(self.tokens[*at].is(")"));
            depth = depth.saturating_sub(usize::from(self.tokens[*at].is("(")));
            depth == 0
        })
    }

    /// Finds the values in the rows of an INSERT, and the column that each is for.
    fn find_inserted(&mut self, raw: &RawNode) {
        let tables = (1..self.tokens.len()).filter(|at| self.tokens[at - 1].is_word("into"));
        let mut found = tables.filter_map(|at| match self.tokens[at] {
            Token::Table(table) => Some((at, table)),
            _ => None,
        });
        let Some((at, table)) = found.next_back() else { return };
        let begin = at + 1 + if self.is_word(Some(at + 1), "as") { 2 } else { 0 };
        if !self.is_symbol(Some(begin), "(") {
            self.positional = Some(table);
            return;
        }
        let Some(end) = self.close_of(begin) else { return };
        let columns: Vec<Option<Known>> = self.tokens[begin + 1..end]
            .split(|token| token.is(","))
            .map(|item| match item {
                [Token::Column(column, scale)] => Some(Known { column: **column, scale: *scale }),
                [name] => name.name().and_then(|name| Known::of(table, column_of(table, name)?)),
                _ => None,
            })
            .collect();
        if !self.is_word(Some(end + 1), "values") {
            return;
        }
        let mut row = end + 2;
        while let Some(last) = self.is_symbol(Some(row), "(").then(|| self.close_of(row)).flatten() {
            self.insert_row(row + 1..last, &columns, raw);
            row = last + 1 + usize::from(self.is_symbol(Some(last + 1), ","));
        }
    }

    /// Adds the captured values in a row of an INSERT to `inserted`, each with its column, except
    /// for those that are only a part of an expression. `row` is the range of tokens inside the
    /// row's parentheses.
    fn insert_row(&mut self, row: std::ops::Range<usize>, columns: &[Option<Known>], raw: &RawNode) {
        let (mut depth, mut place, mut begin) = (0_i32, 0, row.start);
        for at in row.start..=row.end {
            depth += i32::from(self.tokens[at].is("(")) - i32::from(at != row.end && self.tokens[at].is(")"));
            if at != row.end && (depth != 0 || !self.tokens[at].is(",")) {
                continue;
            }
            if let (Token::Value(slot), 1) = (self.tokens[begin], at - begin) {
                // A list becomes several values, so that the columns of the values after it are
                // unknown.
                if matches!(slot, Slot::Piece(index) if matches!(raw.pieces[index], Piece::List(..))) {
                    return;
                }
                if let Some(column) = columns.get(place).copied().flatten() {
                    self.inserted.push((begin, column));
                }
            }
            (place, begin) = (place + 1, at + 1);
        }
    }

    /// Returns the column that a name refers to. `table` is the table or alias that qualifies the
    /// name. If the column may be one of several, one that needs conversions is preferred.
    pub(super) fn named(&self, table: Option<&str>, name: &str) -> Named {
        let is_of = |own: &TableDef, alias: Option<&str>, table: &str| {
            own.name.eq_ignore_ascii_case(table) || alias.is_some_and(|alias| alias.eq_ignore_ascii_case(table))
        };
        let known = table.filter(|table| self.tables.iter().any(|(own, alias)| is_of(own, *alias, table)));
        let tables = self.tables.iter().filter(|(own, alias)| known.is_none_or(|table| is_of(own, *alias, table)));
        let columns = tables.filter_map(|(table, _)| column_of(table, name).map(|column| (*table, column)));
        let columns: Vec<_> = columns.collect();
        let is_special = |column: &ColumnDef| column.scale > 0 || matches!(column.ty, crate::types::Type::Encoded(_));
        match (columns.iter().find(|(_, column)| is_special(column)), columns.first()) {
            (Some(&(table, column)), _) => Named::Column(table, column),
            (None, Some(&(own, column))) if known.is_some() == table.is_some() && !self.is_renamed(name) => {
                Named::Column(own, column)
            }
            _ => Named::Unknown,
        }
    }

    /// Returns whether the text may use the name of a column for something else: as an alias, as a
    /// column of a common table expression, or in a query that UNION or another operator combines
    /// with another query.
    fn is_renamed(&self, name: &str) -> bool {
        let unites = ["union", "intersect", "except"];
        let is_alias = |at: usize| {
            let Some(before) = at.checked_sub(1).map(|before| &self.tokens[before]) else { return false };
            let ends_an_expression = match before {
                Token::Literal | Token::Value(_) | Token::Column(..) => true,
                Token::Symbol(symbol) => *symbol == ")",
                Token::Quoted(before) | Token::Word(before) => self.scaled_column(before).is_some(),
                Token::Table(_) => false,
            };
            ends_an_expression || before.is_word("as") || before.is_word("end") || self.is_in_names_of_a_query(at)
        };
        self.tokens.iter().any(|token| unites.iter().any(|word| token.is_word(word)))
            || (0..self.tokens.len())
                .any(|at| self.tokens[at].name().is_some_and(|own| own.eq_ignore_ascii_case(name)) && is_alias(at))
    }

    /// Returns whether the token at a position is a new name for a column of a query: in the list
    /// `(a, b)` of `WITH query (a, b) AS (..)` or of `(query) AS name (a, b)`.
    fn is_in_names_of_a_query(&self, at: usize) -> bool {
        let is_listed = |at: &usize| self.tokens[*at].name().is_some() || self.tokens[*at].is(",");
        let Some(open) = (0..at).rev().find(|at| !is_listed(at)).filter(|open| self.tokens[*open].is("(")) else {
            return false;
        };
        let Some(close) = self.close_of(open) else { return false };
        let begins = |at: usize| {
            self.is_symbol(Some(at), "(") || self.is_word(Some(at), "materialized") || self.is_word(Some(at), "not")
        };
        (self.is_word(Some(close + 1), "as") && begins(close + 2)) || self.is_word(open.checked_sub(2), "as")
    }

    /// Returns the column with this name and a `scale` in a captured table, or `None` if there is
    /// none.
    fn scaled_column(&self, name: &str) -> Option<(&'static TableDef, &'static ColumnDef)> {
        let columns = self.tables.iter().filter_map(|(table, _)| column_of(table, name).map(|column| (*table, column)));
        columns.into_iter().find(|(_, column)| column.scale > 0)
    }

    /// Returns a column with a `scale`, of a captured table, that the text names, or may read or
    /// write without naming it. Returns `None` if there is no such column.
    pub(super) fn scaled(&self) -> Option<(&'static TableDef, &'static ColumnDef)> {
        let of_table = |table: &'static TableDef| {
            table.columns.iter().find(|column| column.scale > 0).map(|column| (table, column))
        };
        let by_name = self.tokens.iter().filter_map(Token::name).find_map(|name| self.scaled_column(name));
        by_name.or_else(|| self.positional.and_then(of_table)).or_else(|| {
            let reads_all = self.reads_all_columns();
            let tables = self.tokens.iter().enumerate().filter_map(|(at, token)| match token {
                Token::Table(table) if reads_all || self.is_word(at.checked_sub(1), "in") => Some(*table),
                _ => None,
            });
            tables.into_iter().find_map(of_table)
        })
    }

    /// Returns whether the text has several queries and one of them selects `*`, so that another
    /// query may read any column under another name.
    fn reads_all_columns(&self) -> bool {
        let queries = self.tokens.iter().filter(|token| token.is_word("select") || token.is_word("values")).count();
        queries > 1
            && (1..self.tokens.len()).any(|at| {
                let before = &self.tokens[at - 1];
                self.tokens[at].is("*")
                    && (["select", "distinct", "all", "returning"].iter().any(|word| before.is_word(word))
                        || before.is(",")
                        || before.is("."))
            })
    }
}

impl Known {
    fn of(table: &'static TableDef, column: &'static ColumnDef) -> Option<Known> {
        Some(Known { column: ColumnRef { table, alias: None, name: column.name }, scale: column.scale })
    }
}

/// Returns the column of a table with this name, or `None` if there is none. SQL ignores the case
/// of a name.
fn column_of(table: &'static TableDef, name: &str) -> Option<&'static ColumnDef> {
    table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
}
