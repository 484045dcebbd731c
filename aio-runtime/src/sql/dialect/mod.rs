//! What differs between databases: how each writes the meaning of the trees.
//!
//! [`Syntax`] is the only interface. Its default methods write the form that the databases share,
//! and a dialect overrides those that it writes differently. What a database cannot do fails the
//! statement before anything is sent.

mod catalogue;
mod expression_writer;
mod postgres;
mod precedence;
mod sqlite;

pub(crate) use catalogue::{Catalogue, PlanLine};
pub(super) use expression_writer::ExpressionWriter;
pub(super) use precedence::Precedence;
pub(crate) use sqlite::{CHECKED, DECIMAL_REAL, DECIMAL_TEXT, DIVIDE_TO, HAD_CONFLICT, ON_CONFLICT, TO_SCALE};

use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::expr::{BinaryOp, Call, JsonPath, Node, OrderNode, TextMatch};
use crate::schema::{Auto, Collation, ColumnDef, Generated, TableDef};
use crate::types::{Domain, Type};
use crate::value::Value;

/// How one database writes a statement.
pub(super) trait Syntax: Sync {
    /// Writes the placeholder of the value with this number, which counts from 1.
    fn placeholder(&self, writer: &mut dyn ExpressionWriter, number: usize);

    /// Writes the type after the placeholder of a value that is not next to a column.
    fn typed(&self, _writer: &mut dyn ExpressionWriter, _ty: Type) {}

    /// Whether a placeholder contains its number, so that a text with placeholders cannot be
    /// appended to another.
    fn numbers_placeholders(&self) -> bool {
        false
    }

    /// Appends a name, quoted.
    fn push_name(&self, text: &mut String, name: &str) {
        push_quoted(text, name);
    }

    /// Returns the name of a type, as CAST and the definition of a column take it.
    fn type_name(&self, ty: Type) -> &'static str;

    /// Returns an operator with a space on each side.
    fn operator(&self, op: BinaryOp) -> &'static str {
        operator(op)
    }

    /// Whether `a < b = c` means `(a < b) = c`.
    fn comparisons_chain(&self) -> bool {
        false
    }

    /// Whether a statement is planned without the values of its parameters, so that an index with
    /// a constant needs that constant in the text.
    fn plans_without_values(&self) -> bool {
        false
    }

    /// Writes the right operand of an operator, in parentheses if it binds more loosely than
    /// `least`.
    fn right_side(
        &self,
        writer: &mut dyn ExpressionWriter,
        left: &Node,
        _op: BinaryOp,
        right: &Node,
        least: Precedence,
    ) {
        writer.operand_of(left, right, least);
    }

    /// Writes `operand IN (values)`, or NOT IN: few values one by one, many as one parameter.
    fn is_in(&self, writer: &mut dyn ExpressionWriter, operand: &Node, values: &[Node], negated: bool);

    /// Writes a query whose rows are these many values, in raw text.
    fn rows_of_list(&self, writer: &mut dyn ExpressionWriter, values: &[Value]);

    /// Writes a match of text against a pattern or a part.
    fn text_match(&self, writer: &mut dyn ExpressionWriter, text: &Node, how: TextMatch, part: &Node);

    /// Writes a call of a function.
    fn call(&self, writer: &mut dyn ExpressionWriter, call: &Call);

    /// Writes a path inside a JSON document.
    fn json_path(&self, writer: &mut dyn ExpressionWriter, path: &JsonPath);

    /// Writes a function in FROM, with the columns of the record.
    fn table_function(&self, writer: &mut dyn ExpressionWriter, record: &TableDef, call: &Call);

    /// Writes the name of a collation.
    fn collation(&self, writer: &mut dyn ExpressionWriter, collation: Collation);

    /// Writes the position of NULL in an order: before every value, like `None` in Rust, unless
    /// the order says otherwise.
    fn nulls(&self, writer: &mut dyn ExpressionWriter, order: &OrderNode);

    /// Writes what replaces LIMIT in a query that has only an OFFSET.
    fn no_limit(&self, _writer: &mut dyn ExpressionWriter) {}

    /// Returns what follows the parentheses of a query in FROM that nothing refers to.
    fn unnamed_query(&self) -> &'static str {
        ""
    }

    /// Whether the rows of combined queries can be sorted only by the positions of columns.
    fn sorts_compounds_by_position(&self) -> bool {
        false
    }

    /// Whether the ON of ON CONFLICT after `INSERT … SELECT … FROM table` is parsed as that of a
    /// join.
    fn parses_conflict_as_join(&self) -> bool {
        false
    }

    /// Whether ON CONFLICT can follow DEFAULT VALUES.
    fn default_values_may_conflict(&self) -> bool {
        true
    }

    /// Whether an insert stores, and RETURNING gives, each text and blob as it was given: no
    /// trigger of the database replaces it before.
    fn returns_given_values(&self) -> bool {
        false
    }

    /// Writes the condition of an upsert's update, for an upsert that reports whether the row
    /// existed.
    fn record_conflict(&self, writer: &mut dyn ExpressionWriter, filter: Option<&Node>);

    /// Writes the flag that says whether the row that an upsert returns existed before.
    fn had_conflict(&self, writer: &mut dyn ExpressionWriter);

    /// Returns the first words of statements about the schema or the upkeep of the database, which
    /// an application does not run while it serves.
    fn maintenance_words(&self) -> &'static [&'static str];

    /// Returns the statements that the library sends on its own behalf, if it can connect.
    fn catalogue(&self) -> Option<&'static Catalogue>;

    /// Writes text as a literal.
    fn text_literal(&self, writer: &mut dyn ExpressionWriter, text: &str);

    /// Writes bytes as a literal.
    fn blob_literal(&self, writer: &mut dyn ExpressionWriter, bytes: &[u8]);

    /// Writes a floating-point number, which may be infinite, as a literal.
    fn real_literal(&self, writer: &mut dyn ExpressionWriter, value: f64);

    /// Returns a bool as a literal.
    fn bool_literal(&self, value: bool) -> &'static str;

    /// Writes the expression for the current time in the stored form of this type.
    fn now(&self, writer: &mut dyn ExpressionWriter, ty: Type);

    /// Returns the collation in the definition of a column.
    fn column_collation(&self, column: &ColumnDef) -> Option<Collation> {
        column.collate
    }

    /// Returns the statement that creates what a table needs before it is created.
    fn before_table(&self, _table: &TableDef) -> Option<String> {
        None
    }

    /// Writes the position of NULL in an index of a column.
    fn nulls_in_index(&self, _writer: &mut dyn ExpressionWriter, _table: &TableDef, _column: &str) {}

    /// Returns the clause that makes a column the primary key and lets the database number it.
    fn auto(&self, auto: Auto) -> &'static str;

    /// Returns the keyword after the expression of a generated column.
    fn generated(&self, generated: Generated) -> &'static str;

    /// Returns the condition that limits a column to the numbers that its Rust type can read.
    fn range(&self, column: &ColumnDef) -> Option<String> {
        let mut name = String::new();
        self.push_name(&mut name, column.name);
        match column.domain {
            Domain::Range(..) if column.ty == Type::Bool && !self.stores_bools_as_numbers() => None,
            Domain::Range(least, i64::MAX) => Some(format!("{name} >= {least}")),
            Domain::Range(least, most) => Some(format!("{name} BETWEEN {least} AND {most}")),
            _ => None,
        }
    }

    /// Whether a bool is stored as 0 or 1 in a column that accepts other numbers.
    fn stores_bools_as_numbers(&self) -> bool {
        false
    }

    /// Returns what the definition of a table needs and the database does not have, apart from
    /// what the writer finds.
    fn unsupported_feature(&self, _table: &TableDef) -> Option<String> {
        None
    }

    /// Returns the options that follow the columns of a table.
    fn table_options(&self, _table: &TableDef) -> &'static str {
        ""
    }
}

impl Dialect {
    /// Returns how this database writes a statement.
    pub(super) fn syntax(self) -> &'static dyn Syntax {
        match self {
            Dialect::Sqlite => &sqlite::Sqlite,
            Dialect::Postgres => &postgres::Postgres,
        }
    }

    /// Returns the statements that the library sends on its own behalf.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for a database that the library
    /// does not connect to.
    pub(crate) fn catalogue(self) -> Result<&'static Catalogue> {
        self.syntax().catalogue().ok_or_else(|| self.unsupported("connection"))
    }

    /// Returns the error for something that this database does not have.
    pub(super) fn unsupported(self, what: impl Into<String>) -> Error {
        Error::unsupported(self.name(), what)
    }

    /// Returns the first words of statements about the schema or the upkeep of the database.
    pub(super) fn maintenance_words(self) -> &'static [&'static str] {
        self.syntax().maintenance_words()
    }
}

/// Returns an operator of standard SQL, or one that the databases share.
fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => " OR ",
        BinaryOp::And => " AND ",
        BinaryOp::Eq => " = ",
        BinaryOp::Ne => " <> ",
        BinaryOp::NotDistinct => " IS NOT DISTINCT FROM ",
        BinaryOp::Distinct => " IS DISTINCT FROM ",
        BinaryOp::Lt => " < ",
        BinaryOp::Le => " <= ",
        BinaryOp::Gt => " > ",
        BinaryOp::Ge => " >= ",
        BinaryOp::Add => " + ",
        BinaryOp::Subtract => " - ",
        BinaryOp::Multiply => " * ",
        BinaryOp::Divide => " / ",
        BinaryOp::Remainder => " % ",
        BinaryOp::Concat => " || ",
        BinaryOp::BitAnd => " & ",
        BinaryOp::BitOr => " | ",
        BinaryOp::ShiftLeft => " << ",
        BinaryOp::ShiftRight => " >> ",
    }
}

/// Appends a name in double quotes.
fn push_quoted(text: &mut String, name: &str) {
    text.push('"');
    for c in name.chars() {
        if c == '"' {
            text.push('"');
        }
        text.push(c);
    }
    text.push('"');
}
