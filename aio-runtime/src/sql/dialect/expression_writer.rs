//! What a dialect can call to write its part of a statement.

use std::fmt;

use super::Precedence;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::expr::{Call, Node, Query};
use crate::schema::{Collation, TableDef};
use crate::value::Value;

/// The part of the writer that a dialect uses. A dialect writes the syntax that is specific to its
/// database, and calls the writer for the expressions inside.
pub(crate) trait ExpressionWriter {
    /// Returns the dialect of the statement.
    fn dialect(&self) -> Dialect;

    /// Appends text.
    fn push(&mut self, text: &str);

    /// Appends formatted text.
    fn format(&mut self, text: fmt::Arguments<'_>);

    /// Appends a name, quoted.
    fn name(&mut self, name: &str);

    /// Appends a placeholder and adds its value to the parameters, or appends the value as a
    /// literal if [`has_literals`](Self::has_literals).
    fn param(&mut self, value: Value);

    /// Appends a placeholder and adds the values of a list as a single parameter.
    fn list_param(&mut self, values: Vec<Value>);

    /// Returns the query that this struct names in the statement, or `None` if it is a table, or
    /// if its rows do not come from a typed query.
    fn named_query(&self, record: &TableDef) -> Option<&Query>;

    /// Makes the statement fail. If it fails several times, the first error is reported.
    fn fail(&mut self, error: Error);

    /// Writes an expression without parentheses around it.
    fn expression(&mut self, node: &Node);

    /// Writes an operand of an operator, in parentheses if it binds more loosely than `min`. A
    /// comparison inside `=` also has parentheses if the database needs them.
    fn operand(&mut self, node: &Node, min: Precedence);

    /// Writes the operand `node` of an operator, whose other operand is `other`. If `other` is a
    /// column, a value is written without its type, because the database infers the type from the
    /// column.
    fn operand_of(&mut self, other: &Node, node: &Node, min: Precedence);

    /// Writes an expression at a position where the database knows its type, so that a value is
    /// written without its type.
    fn untyped(&mut self, node: &Node, min: Precedence);

    /// Writes a call of a function whose name is the same in most databases, or of the current
    /// time. Returns `false`, and writes nothing, for any other function.
    fn shared_call(&mut self, call: &Call) -> bool;

    /// Writes a call with this function name and these arguments, and the other clauses of `call`.
    fn call_as(&mut self, name: &str, call: &Call, arguments: &[Node]);

    /// Writes the clauses FILTER and OVER of a call.
    fn filter_and_over(&mut self, call: &Call);

    /// Writes COLLATE.
    fn collate(&mut self, collation: Collation);

    /// Returns the values of a list if they are sent as a single parameter, because the list is
    /// long and has only values. Otherwise, returns `None`.
    fn long_list(&self, values: &[Node]) -> Option<Vec<Value>>;

    /// Returns whether values are written as literals, to repeat the condition of an index.
    fn has_literals(&self) -> bool;

    /// Returns, to be read or changed, the number of tables that the columns of an expression may
    /// belong to. If there is more than one, columns are written with the names of their tables.
    fn sources(&mut self) -> &mut usize;
}

impl dyn ExpressionWriter + '_ {
    /// Writes items separated by commas.
    pub(super) fn separated<I>(
        &mut self,
        items: impl IntoIterator<Item = I>,
        mut write: impl FnMut(&mut dyn ExpressionWriter, I),
    ) {
        for (place, item) in items.into_iter().enumerate() {
            if place > 0 {
                self.push(", ");
            }
            write(self, item);
        }
    }

    /// Appends bytes as hexadecimal digits.
    pub(super) fn hexadecimal(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.format(format_args!("{byte:02x}")));
    }

    /// Makes the statement fail because the database lacks this feature.
    pub(super) fn unsupported(&mut self, what: impl Into<String>) {
        self.fail(self.dialect().unsupported(what));
    }
}
