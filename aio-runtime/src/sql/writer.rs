//! The text and the parameters of a statement while they are written.

use std::fmt::{self, Write as _};

use super::cte::NamedQuery;
use super::dialect::{ExpressionWriter, Precedence, Syntax};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::expr::{Call, Node};
use crate::schema::Collation;
use crate::value::{Param, Value};

/// The text of a statement and its values, in the order of the placeholders.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlText {
    /// The text.
    pub text: String,
    /// The values.
    pub params: Vec<Param>,
    pub(crate) sources: RawSources,
}

/// The raw queries in a statement whose columns it reads by name; most statements have none.
pub(crate) type RawSources = Option<Box<[RawSource]>>;

/// A raw query whose columns a statement reads by name.
///
/// SQLite silently takes the first of several columns with the same name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RawSource {
    pub(crate) text: String,
    pub(crate) names: Vec<&'static str>,
    /// The record that reads them.
    pub(crate) record: &'static str,
}

impl fmt::Display for SqlText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// How values are written as literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Literals {
    /// Each by its stored form.
    Plain,
    /// The stored forms of bools as `false` and `true`, which SQLite compares with their case.
    BoolsAsWords,
}

/// Writes one statement.
pub(super) struct Writer {
    pub(super) dialect: Dialect,
    pub(super) syntax: &'static dyn Syntax,
    pub(super) text: String,
    /// Whether only the values are needed, because the text is known.
    silent: bool,
    params: Vec<Param>,
    /// How values are written as literals; `None` if they become parameters.
    pub(super) literals: Option<Literals>,
    /// Whether the text is used again with other values, so that it cannot hold any.
    pub(super) text_is_shared: bool,
    /// Whether columns are written without their tables, as in an index.
    pub(super) unqualified: bool,
    /// Whether lists are written with one placeholder for each value, however long they are,
    /// because the rows of a batch hold no lists.
    pub(super) plain_lists: bool,
    /// The number of tables that the columns of an expression may belong to. With more than one,
    /// columns are written with their tables.
    pub(super) sources: usize,
    /// The named queries that can be read.
    pub(super) ctes: Vec<NamedQuery>,
    /// The raw queries whose columns are read by name.
    pub(super) raw_sources: Vec<RawSource>,
    /// The first error.
    error: Option<Error>,
}

impl Writer {
    pub(super) fn new(dialect: Dialect) -> Writer {
        Writer { text: String::with_capacity(128), silent: false, ..Writer::of_values(dialect) }
    }

    /// Creates a writer of only the values, in the order in which the text has them.
    pub(super) fn of_values(dialect: Dialect) -> Writer {
        Writer {
            dialect,
            syntax: dialect.syntax(),
            text: String::new(),
            silent: true,
            literals: None,
            text_is_shared: false,
            unqualified: false,
            plain_lists: false,
            params: Vec::new(),
            sources: 1,
            ctes: Vec::new(),
            raw_sources: Vec::new(),
            error: None,
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        if !self.silent {
            self.text.push_str(text);
        }
    }

    /// Appends a name, quoted.
    pub(super) fn name(&mut self, name: &str) {
        if !self.silent {
            self.syntax.push_name(&mut self.text, name);
        }
    }

    /// Appends names, quoted and separated by commas.
    pub(super) fn names<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        self.separated(names, Writer::name);
    }

    /// Writes items separated by commas.
    pub(super) fn separated<I>(&mut self, items: impl IntoIterator<Item = I>, mut write: impl FnMut(&mut Writer, I)) {
        for (place, item) in items.into_iter().enumerate() {
            if place > 0 {
                self.push(", ");
            }
            write(self, item);
        }
    }

    /// Appends a placeholder and its value.
    pub(super) fn param(&mut self, value: Value) {
        if self.literals.is_some() {
            return self.literal(&value);
        }
        self.placeholder(Param::Value(value));
    }

    /// Appends a placeholder, and the values of a list as one parameter.
    pub(super) fn list(&mut self, values: Vec<Value>) {
        if self.literals.is_some() {
            return self.fail(Error::usage("the condition of an index holds a long list: write it shorter"));
        }
        self.placeholder(Param::List(values));
    }

    fn placeholder(&mut self, param: Param) {
        self.params.push(param);
        if !self.silent {
            let number = self.params.len();
            self.syntax.placeholder(self, number);
        }
    }

    /// Adds a value whose placeholder is in the text already.
    pub(super) fn param_without_placeholder(&mut self, value: Value) {
        self.params.push(Param::Value(value));
    }

    pub(super) fn number(&mut self, number: impl fmt::Display) {
        if self.silent {
            return;
        }
        // Writing to a String does not fail.
        let _ = write!(self.text, "{number}");
    }

    /// Ends a query in FROM that nothing refers to.
    pub(super) fn end_query(&mut self) {
        self.push(")");
        self.push(self.syntax.unnamed_query());
    }

    pub(super) fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }

    pub(super) fn finish(self) -> Result<SqlText> {
        match self.error {
            Some(error) => Err(error.with_sql(&self.text)),
            None => {
                let sources = self.raw_sources;
                let sources = (!sources.is_empty()).then(|| sources.into());
                Ok(SqlText { text: self.text, params: self.params, sources })
            }
        }
    }
}

impl ExpressionWriter for Writer {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn push(&mut self, text: &str) {
        self.push(text);
    }

    fn format(&mut self, text: fmt::Arguments<'_>) {
        self.number(text);
    }

    fn name(&mut self, name: &str) {
        self.name(name);
    }

    fn param(&mut self, value: Value) {
        self.param(value);
    }

    fn list(&mut self, values: Vec<Value>) {
        self.list(values);
    }

    fn fail(&mut self, error: Error) {
        self.fail(error);
    }

    fn expression(&mut self, node: &Node) {
        self.expression(node);
    }

    fn operand(&mut self, node: &Node, least: Precedence) {
        self.operand(node, least);
    }

    fn operand_of(&mut self, other: &Node, node: &Node, least: Precedence) {
        self.operand_of(other, node, least);
    }

    fn untyped(&mut self, node: &Node, least: Precedence) {
        self.untyped(node, least);
    }

    fn shared_call(&mut self, call: &Call) -> bool {
        self.shared_call(call)
    }

    fn call_as(&mut self, name: &str, call: &Call, arguments: &[Node]) {
        self.call_as(name, call, arguments);
    }

    fn filter_and_over(&mut self, call: &Call) {
        self.filter_and_over(call);
    }

    fn collate(&mut self, collation: Collation) {
        self.collate(collation);
    }

    fn filter(&mut self, filter: Option<&Node>) {
        self.filter(filter);
    }

    fn long_list(&self, values: &[Node]) -> Option<Vec<Value>> {
        self.long_list(values)
    }

    fn has_literals(&self) -> bool {
        self.literals.is_some()
    }

    fn sources(&mut self) -> &mut usize {
        &mut self.sources
    }
}
