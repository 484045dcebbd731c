//! The SQL syntax of each database, where it differs from that of others.
//!
//! A dialect is an implementation of [`Syntax`]. The default methods write what most databases
//! accept, and a dialect overrides the methods for which its database differs. If a statement uses
//! a feature that the database lacks, the statement fails before it is sent.

mod catalogue;
mod expression_writer;
mod postgres;
mod precedence;
mod series;
mod sqlite;

pub(crate) use catalogue::{Catalogue, PlanLine, ServerMigrations};
pub(super) use expression_writer::ExpressionWriter;
pub(crate) use postgres::{CREATE_NOCASE, NOCASE};
pub(super) use precedence::Precedence;
pub(crate) use sqlite::{CHECKED, DECIMAL_REAL, DECIMAL_TEXT, DIVIDE_TO, HAD_CONFLICT, ON_CONFLICT, TO_SCALE};

use crate::dialect::Dialect;
use crate::error::Error;
use crate::expr::{BinaryOp, Call, JsonPath, Node, OrderNode, Query, TextMatch};
use crate::schema::{Auto, Collation, ColumnDef, Generated, TableDef};
use crate::types::{Domain, Type};
use crate::value::Value;

/// The SQL syntax of a database.
pub(super) trait Syntax: Sync {
    /// Writes the placeholder of the parameter with this number, counted from 1.
    fn placeholder(&self, writer: &mut dyn ExpressionWriter, number: usize);

    /// Writes a type after a placeholder, such as `::bigint`, where the database cannot infer the
    /// type from the position of the placeholder.
    fn typed(&self, _writer: &mut dyn ExpressionWriter, _ty: Type) {}

    /// Returns whether a placeholder contains its number, such as `$1`, so that a text with
    /// placeholders cannot be appended to a text that has other placeholders.
    fn numbers_placeholders(&self) -> bool {
        false
    }

    /// Appends a name, quoted.
    fn push_name(&self, text: &mut String, name: &str) {
        push_quoted(text, name);
    }

    /// Returns the name of a type for CAST and for column definitions.
    fn type_name(&self, ty: Type) -> &'static str;

    /// Writes the conversion of a value from one type to another.
    fn cast(&self, writer: &mut dyn ExpressionWriter, operand: &Node, _from: Type, to: Type) {
        writer.push("CAST(");
        writer.expression(operand);
        writer.push(" AS ");
        writer.push(self.type_name(to));
        writer.push(")");
    }

    /// Returns an operator with a space on each side.
    fn operator(&self, op: BinaryOp) -> &'static str {
        operator(op)
    }

    /// Returns whether `a < b = c` means `(a < b) = c`.
    fn comparisons_chain(&self) -> bool {
        false
    }

    /// Returns whether statements are planned without the values of their parameters, so that an
    /// index with a constant is used only if the constant is in the text of the statement.
    fn plans_without_values(&self) -> bool {
        false
    }

    /// Writes the left operand of the operator `_op`, in parentheses if it binds more loosely than
    /// `min`.
    fn left_side(&self, writer: &mut dyn ExpressionWriter, left: &Node, _op: BinaryOp, right: &Node, min: Precedence) {
        writer.operand_of(right, left, min);
    }

    /// Writes the right operand of the operator `_op`, in parentheses if it binds more loosely
    /// than `min`.
    fn right_side(&self, writer: &mut dyn ExpressionWriter, left: &Node, _op: BinaryOp, right: &Node, min: Precedence) {
        writer.operand_of(left, right, min);
    }

    /// Writes `operand IN (values)` or `NOT IN`. A long list of values is a single parameter.
    fn is_in(&self, writer: &mut dyn ExpressionWriter, operand: &Node, values: &[Node], negated: bool);

    /// Writes the values of a long list that is captured in raw SQL, inside the parentheses of `in
    /// (…)`: as a query for the values of a single parameter, or as a parameter for each value.
    fn rows_of_list(&self, writer: &mut dyn ExpressionWriter, values: &[Value]);

    /// Writes a query without rows, in place of an empty list of values of this type.
    fn no_rows(&self, writer: &mut dyn ExpressionWriter, _ty: Type) {
        writer.push("SELECT NULL WHERE 1 = 0");
    }

    /// Writes a match of a text against a pattern or another text.
    fn text_match(&self, writer: &mut dyn ExpressionWriter, text: &Node, how: TextMatch, part: &Node);

    /// Writes a call of a function.
    fn call(&self, writer: &mut dyn ExpressionWriter, call: &Call);

    /// Writes a path inside a JSON document.
    fn json_path(&self, writer: &mut dyn ExpressionWriter, path: &JsonPath);

    /// Writes a call of a function in FROM, of which the fields of the struct `record` name the
    /// columns that are read. `has_presence_column` says that its column `type` is read, too.
    fn table_function(
        &self,
        writer: &mut dyn ExpressionWriter,
        record: &TableDef,
        call: &Call,
        has_presence_column: bool,
    );

    /// Writes a series of values of this type in FROM, of which the struct `record` names the only
    /// column.
    fn series(&self, writer: &mut dyn ExpressionWriter, record: &TableDef, call: &Call, ty: Type);

    /// Writes the name of a collation.
    fn collation(&self, writer: &mut dyn ExpressionWriter, collation: Collation);

    /// Returns an expression that means to the database what this one means to SQLite: for example
    /// with COLLATE, where the database would compare texts in another way. Returns `None` if
    /// nothing has to be changed. What is inside an operand is not changed.
    fn rewritten(&self, _writer: &dyn ExpressionWriter, _node: &Node) -> Option<Node> {
        None
    }

    /// Returns a query whose columns have COLLATE where the database would otherwise give them
    /// another collation than SQLite, or `None` if there are none. `is_named` says that other
    /// queries read it by a name.
    fn query_with_collations(&self, _writer: &dyn ExpressionWriter, _query: &Query, _is_named: bool) -> Option<Query> {
        None
    }

    /// Returns the collation that is written after a term of ORDER BY, or `None` if none is
    /// needed.
    fn order_collation(&self, _writer: &dyn ExpressionWriter, _order: &Node) -> Option<Collation> {
        None
    }

    /// Returns the collation that is written after a term of GROUP BY or PARTITION BY, or `None`
    /// if none is needed.
    fn group_collation(&self, _writer: &dyn ExpressionWriter, _group: &Node) -> Option<Collation> {
        None
    }

    /// Returns the collation of a column of a compound query, if the database needs to know it to
    /// sort by that column; `None` for a column that is not text.
    fn column_of_compound(&self, _writer: &dyn ExpressionWriter, _query: &Query, _index: usize) -> Option<Collation> {
        None
    }

    /// Writes NULLS FIRST or NULLS LAST after a term of ORDER BY, if the database might otherwise
    /// sort NULL at the other end.
    fn nulls(&self, writer: &mut dyn ExpressionWriter, order: &OrderNode);

    /// Returns the feature that the database lacks if it has no values of this type, or `None` if
    /// it has.
    fn unsupported_type(&self, _ty: Type) -> Option<&'static str> {
        None
    }

    /// Returns whether a query can have DISTINCT ON.
    fn has_distinct_on(&self) -> bool {
        true
    }

    /// Returns whether ON CONFLICT can name a constraint.
    fn conflicts_by_constraint(&self) -> bool {
        true
    }

    /// Returns whether a query can lock the rows that it returns.
    fn has_row_locks(&self) -> bool {
        true
    }

    /// Writes the clause that a query with OFFSET but without LIMIT needs before OFFSET.
    fn no_limit(&self, _writer: &mut dyn ExpressionWriter) {}

    /// Returns AS and an alias if a query in FROM must have one, even if it is not used; empty
    /// otherwise.
    fn unnamed_query(&self) -> &'static str {
        ""
    }

    /// Returns whether INTERSECT binds tighter than UNION and EXCEPT, so that `a UNION b INTERSECT
    /// c` means `a UNION (b INTERSECT c)`.
    fn intersect_binds_tighter(&self) -> bool {
        false
    }

    /// Returns whether only one part of a recursive query can read its own rows.
    fn allows_one_recursive_part(&self) -> bool {
        false
    }

    /// Returns whether a full join needs a condition by which it can be hashed: an equality
    /// between the two sides.
    fn full_join_needs_equality(&self) -> bool {
        false
    }

    /// Returns whether ORDER BY of a compound query accepts only the positions of columns.
    fn sorts_compounds_by_position(&self) -> bool {
        false
    }

    /// Returns whether the ON of ON CONFLICT after `INSERT … SELECT … FROM table` is parsed as the
    /// ON of a join.
    fn parses_conflict_as_join(&self) -> bool {
        false
    }

    /// Returns whether ON CONFLICT can follow DEFAULT VALUES.
    fn default_values_may_conflict(&self) -> bool {
        true
    }

    /// Returns whether each message to the database takes a round trip to a server.
    fn is_far(&self) -> bool {
        false
    }

    /// Returns whether the database tells the id of an inserted row only if the statement returns
    /// it.
    fn returns_ids(&self) -> bool {
        false
    }

    /// Returns whether RETURNING of an insert is certain to return each text and blob exactly as
    /// it was given, so that the library does not have to ask for large ones. It is not certain if
    /// a trigger can replace a value before it is stored.
    fn returns_given_values(&self) -> bool {
        false
    }

    /// Returns whether RETURNING accepts the name of the written table with its schema.
    fn returning_reads_schemas(&self) -> bool {
        true
    }

    /// Writes the WHERE of the update in an upsert that reports whether the row already existed.
    /// If the database has no other way to find that out, the condition calls a function that
    /// records it.
    fn record_conflict(&self, writer: &mut dyn ExpressionWriter, filter: Option<&Node>);

    /// Returns whether an upsert records that the row existed, so that a later statement can ask
    /// for it.
    fn records_conflicts(&self) -> bool {
        false
    }

    /// Writes the flag that says whether the row that an upsert returns already existed.
    fn had_conflict(&self, writer: &mut dyn ExpressionWriter);

    /// Returns the first words of the statements that change the schema or maintain the database,
    /// to which the default timeout does not apply.
    fn maintenance_words(&self) -> &'static [&'static str];

    /// Returns the queries and statements that the library itself sends, such as those for
    /// migrations.
    fn catalogue(&self) -> &'static Catalogue;

    /// Returns whether the table to which a foreign key refers has to exist when the key is
    /// created, and whether a table to which a key refers can only be dropped together with the
    /// key.
    fn checks_targets_of_keys(&self) -> bool {
        false
    }

    /// Writes text as a literal.
    fn text_literal(&self, writer: &mut dyn ExpressionWriter, text: &str);

    /// Writes bytes as a literal.
    fn blob_literal(&self, writer: &mut dyn ExpressionWriter, bytes: &[u8]);

    /// Writes a floating-point number, which may be infinite, as a literal.
    fn real_literal(&self, writer: &mut dyn ExpressionWriter, value: f64);

    /// Returns the literal of a bool.
    fn bool_literal(&self, value: bool) -> &'static str;

    /// Writes the expression for the current time, as a column of this type stores it.
    fn now(&self, writer: &mut dyn ExpressionWriter, ty: Type);

    /// Returns the collation that is written in the definition of a column, or `None` if none is
    /// written.
    fn column_collation(&self, column: &ColumnDef) -> Option<Collation> {
        column.collate
    }

    /// Returns the statements that have to run before a table is created, such as those that
    /// create a schema or a collation.
    fn before_table(&self, _table: &TableDef) -> Vec<String> {
        Vec::new()
    }

    /// Returns whether a foreign key can refer to a table of another schema.
    fn keys_leave_schemas(&self) -> bool {
        true
    }

    /// Returns the name of the schema of a table that names none; empty if only the server knows
    /// it.
    fn default_schema(&self) -> &'static str {
        ""
    }

    /// Returns whether the schema stands before the name of an index, and not before that of its
    /// table, in the statement that creates the index.
    fn names_schema_of_index(&self) -> bool {
        false
    }

    /// Returns whether the database stores comments on tables and columns.
    fn stores_comments(&self) -> bool {
        true
    }

    /// Writes NULLS FIRST or NULLS LAST after a column of an index, if the database needs it to
    /// use the index for the library's order.
    fn nulls_in_index(&self, _writer: &mut dyn ExpressionWriter, _table: &TableDef, _column: &str) {}

    /// Returns the clause that makes a column the primary key and lets the database generate its
    /// values.
    fn auto(&self, auto: Auto) -> &'static str;

    /// Returns the keyword after the expression of a generated column.
    fn generated(&self, generated: Generated) -> &'static str;

    /// Returns the condition that limits a column to the range of its Rust type, or `None` if the
    /// column needs no such condition or has the declared type of another program's table.
    fn range(&self, column: &ColumnDef) -> Option<String> {
        shared_range(self, column)
    }

    /// Returns whether a CHECK limits the column of an enum to its values. If the declared type is
    /// a type of the database itself, that type does.
    fn lists_values(&self, _column: &ColumnDef) -> bool {
        true
    }

    /// Returns whether a bool is stored as 0 or 1 in a column that accepts other numbers.
    fn stores_bools_as_numbers(&self) -> bool {
        false
    }

    /// Returns a feature that the definition of a table uses and that the database lacks, or
    /// `None` if there is no such feature. Does not check what fails anyway while CREATE TABLE is
    /// written, such as a collation that the database lacks.
    fn unsupported_feature(&self, _table: &TableDef) -> Option<String> {
        None
    }

    /// Returns the options after the column list of CREATE TABLE.
    fn table_options(&self, _table: &TableDef) -> &'static str {
        ""
    }
}

/// Returns the condition that limits a column of single values to the range of its Rust type.
fn shared_range(syntax: &(impl Syntax + ?Sized), column: &ColumnDef) -> Option<String> {
    let mut name = String::new();
    syntax.push_name(&mut name, column.name);
    match column.domain {
        _ if column.declared_type.is_some() => None,
        Domain::Range(..) if column.ty == Type::Bool && !syntax.stores_bools_as_numbers() => None,
        Domain::Range(min, i64::MAX) => Some(format!("{name} >= {min}")),
        Domain::Range(min, max) => Some(format!("{name} BETWEEN {min} AND {max}")),
        _ => None,
    }
}

impl Dialect {
    /// Returns the syntax of the database.
    pub(super) fn syntax(self) -> &'static dyn Syntax {
        match self {
            Dialect::Sqlite => &sqlite::Sqlite,
            Dialect::Postgres => &postgres::Postgres,
        }
    }

    /// Returns the queries and statements that the library itself sends, such as those for
    /// migrations.
    pub(crate) fn catalogue(self) -> &'static Catalogue {
        self.syntax().catalogue()
    }

    /// Returns the error for a feature that the database lacks.
    pub(super) fn unsupported(self, what: impl Into<String>) -> Error {
        Error::unsupported(self.name(), what)
    }

    /// Returns whether several transactions can write at the same time, so that a row may be
    /// deleted between two statements of one transaction.
    pub(crate) fn has_many_writers(self) -> bool {
        self != Dialect::Sqlite
    }

    /// Returns the first words of statements that change the schema or maintain the database.
    pub(super) fn maintenance_words(self) -> &'static [&'static str] {
        self.syntax().maintenance_words()
    }
}

/// Returns an operator, with a space on each side, as standard SQL or most databases write it.
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

/// Appends a name in double quotes, in which a double quote is doubled.
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
