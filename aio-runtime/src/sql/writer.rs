//! The writer of a statement: it collects the text and the parameters.

use std::fmt::{self, Write as _};

use super::cte::NamedQuery;
use super::dialect::{ExpressionWriter, Precedence, Syntax};
use super::table_name::ReadInSchema;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::expr::{Call, Node, Query};
use crate::schema::{Collation, Element, TableDef, Type};
use crate::value::{Param, Value};

/// The text of a statement and its values, in the order of the placeholders.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{Dialect, Value};
/// # fn main() -> Result<()> {
/// let query = User::select().filter(User::NAME.eq("Dana")).columns(User::ID);
/// let sql = query.to_sql(Dialect::Sqlite)?;
/// assert_eq!(sql.to_string(), r#"SELECT "id" FROM "user" WHERE "name" = ?"#);
/// assert_eq!(sql.params, [Value::Text("Dana".into())]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SqlText {
    /// The SQL text.
    pub text: String,
    /// The values of the placeholders.
    pub params: Vec<Param>,
    pub(crate) sources: RawSources,
    /// Whether the statement locks rows.
    pub(crate) locks_rows: bool,
}

/// The raw queries in FROM of a statement; most statements have none.
pub(crate) type RawSources = Option<Box<[RawSource]>>;

/// A raw query in FROM, whose columns are read by name. The driver compiles it before the
/// statement, to check that no two of its columns have the same name: SQLite would silently use
/// the first one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RawSource {
    pub(crate) text: String,
    pub(crate) names: Vec<&'static str>,
    /// The name of the struct whose fields name the columns.
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
    /// As the column stores them.
    Plain,
    /// As the column stores them, except that 0 and 1 are written as `false` and `true`, because
    /// the condition of an index may have been written with these words.
    BoolsAsWords,
}

/// Writes one statement.
pub(super) struct Writer {
    pub(super) dialect: Dialect,
    pub(super) syntax: &'static dyn Syntax,
    pub(super) text: String,
    /// Whether only the values are collected, and no text is written, because the text is in the
    /// cache.
    values_only: bool,
    params: Vec<Param>,
    /// How values are written as literals; `None` if they become parameters.
    pub(super) literals: Option<Literals>,
    /// Whether the text is cached and reused with other values, so that it must not contain
    /// literals.
    pub(super) text_is_shared: bool,
    /// Whether columns are written without the names of their tables, as in the definition of an
    /// index.
    pub(super) unqualified: bool,
    /// Whether tables are written without their schemas, as for a table that is created in an
    /// empty database.
    pub(super) without_schemas: bool,
    /// Whether each value of a long list has its own placeholder. Set where the values are stored
    /// in a `RowBatch`, which cannot store lists, such as for the clauses of an insert.
    pub(super) plain_lists: bool,
    /// The number of tables that the columns of an expression may belong to. With more than one,
    /// columns are written with the names of their tables.
    pub(super) sources: usize,
    /// The tables with a schema that can be read at this point, those of inner queries last. Empty
    /// for most statements.
    pub(super) in_schemas: Vec<ReadInSchema>,
    /// The table whose written rows RETURNING returns, while that clause is written.
    pub(super) returning: Option<&'static TableDef>,
    /// The CTEs that can be read by name at this point.
    pub(super) ctes: Vec<NamedQuery>,
    /// The terms of GROUP BY of the query that is written, and their texts once they are written.
    /// A term has the same text everywhere in the query, with the same placeholders: the database
    /// would not recognize the term by other placeholders with the same values. Empty if
    /// placeholders have no numbers.
    pub(super) groups: Vec<(Node, Option<String>)>,
    /// The raw queries in FROM.
    pub(super) raw_sources: Vec<RawSource>,
    /// Whether a query has been written that locks rows.
    pub(super) locks_rows: bool,
    /// The first error, with which the statement fails; `None` if there is no error.
    error: Option<Error>,
}

impl Writer {
    pub(super) fn new(dialect: Dialect) -> Writer {
        Writer { text: String::with_capacity(128), values_only: false, ..Writer::of_values(dialect) }
    }

    /// Creates a writer that collects only the values, in the order of their placeholders.
    pub(super) fn of_values(dialect: Dialect) -> Writer {
        Writer {
            dialect,
            syntax: dialect.syntax(),
            text: String::new(),
            values_only: true,
            literals: None,
            text_is_shared: false,
            unqualified: false,
            without_schemas: false,
            plain_lists: false,
            params: Vec::new(),
            sources: 1,
            in_schemas: Vec::new(),
            returning: None,
            ctes: Vec::new(),
            groups: Vec::new(),
            raw_sources: Vec::new(),
            locks_rows: false,
            error: None,
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        if !self.values_only {
            self.text.push_str(text);
        }
    }

    /// Returns whether text is written, which has not been written before.
    pub(super) fn writes_text(&self) -> bool {
        !self.values_only
    }

    /// Appends a name, quoted.
    pub(super) fn name(&mut self, name: &str) {
        if !self.values_only {
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

    /// Appends a placeholder and adds its value to the parameters. If `literals` is set, appends
    /// the value as a literal instead.
    pub(super) fn param(&mut self, value: Value) {
        // Which elements it has makes no difference.
        if matches!(value, Value::Array(_))
            && let Some(what) = self.syntax.unsupported_type(Type::Array(Element::Text))
        {
            self.fail(self.dialect.unsupported(what));
        }
        if self.literals.is_some() {
            return self.literal(&value);
        }
        self.placeholder(Param::Value(value));
    }

    /// Appends a placeholder, and adds the values of a list as one parameter.
    pub(super) fn list_param(&mut self, values: Vec<Value>) {
        if self.literals.is_some() {
            return self.fail(Error::usage("the condition of an index has a long list: shorten it"));
        }
        self.placeholder(Param::List(values));
    }

    fn placeholder(&mut self, param: Param) {
        self.params.push(param);
        if !self.values_only {
            let number = self.params.len();
            self.syntax.placeholder(self, number);
        }
    }

    /// Adds a value to the parameters whose placeholder is already in the text.
    pub(super) fn param_without_placeholder(&mut self, value: Value) {
        self.params.push(Param::Value(value));
    }

    pub(super) fn number(&mut self, number: impl fmt::Display) {
        if self.values_only {
            return;
        }
        // Writing to a String does not fail.
        let _ = write!(self.text, "{number}");
    }

    /// Closes the parentheses of a query in FROM, and gives the query an alias if the database
    /// requires one. The alias is never used.
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
                Ok(SqlText { text: self.text, params: self.params, sources, locks_rows: self.locks_rows })
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

    fn list_param(&mut self, values: Vec<Value>) {
        self.list_param(values);
    }

    fn named_query(&self, record: &TableDef) -> Option<&Query> {
        self.ctes.iter().rev().find_map(|named| named.query_of(record))
    }

    fn fail(&mut self, error: Error) {
        self.fail(error);
    }

    fn expression(&mut self, node: &Node) {
        self.expression(node);
    }

    fn operand(&mut self, node: &Node, min: Precedence) {
        self.operand(node, min);
    }

    fn operand_of(&mut self, other: &Node, node: &Node, min: Precedence) {
        self.operand_of(other, node, min);
    }

    fn untyped(&mut self, node: &Node, min: Precedence) {
        self.untyped(node, min);
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
