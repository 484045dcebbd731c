//! What a dialect needs of the writer of a statement.

use std::fmt;

use super::Precedence;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::expr::{Call, Node};
use crate::schema::Collation;
use crate::value::Value;

/// The writer of a statement as a dialect sees it. A dialect writes the forms that are its own,
/// and leaves the expressions inside them to the writer.
pub(crate) trait ExpressionWriter {
    /// Returns the dialect that it writes.
    fn dialect(&self) -> Dialect;

    /// Appends text.
    fn push(&mut self, text: &str);

    /// Appends formatted text.
    fn format(&mut self, text: fmt::Arguments<'_>);

    /// Appends a name, quoted.
    fn name(&mut self, name: &str);

    /// Appends a placeholder, and adds its value to those of the statement.
    fn param(&mut self, value: Value);

    /// Appends a placeholder, and adds the values of a list as one parameter.
    fn list(&mut self, values: Vec<Value>);

    /// Fails the statement. The first error is reported.
    fn fail(&mut self, error: Error);

    /// Writes an expression at the top level.
    fn expression(&mut self, node: &Node);

    /// Writes an expression, in parentheses if it binds more loosely than `least`.
    fn operand(&mut self, node: &Node, least: Precedence);

    /// Writes an operand of an operator. A value next to a column has the type of that column.
    fn operand_of(&mut self, other: &Node, node: &Node, least: Precedence);

    /// Writes an operand whose type is known from its position, so that a value needs no type of
    /// its own.
    fn untyped(&mut self, node: &Node, least: Precedence);

    /// Writes a call by the name that the databases share. Returns whether there is one.
    fn shared_call(&mut self, call: &Call) -> bool;

    /// Writes a call by another name and with other arguments.
    fn call_as(&mut self, name: &str, call: &Call, arguments: &[Node]);

    /// Writes FILTER and OVER of a call.
    fn filter_and_over(&mut self, call: &Call);

    /// Writes COLLATE.
    fn collate(&mut self, collation: Collation);

    /// Writes WHERE, if there is a condition.
    fn filter(&mut self, filter: Option<&Node>);

    /// Returns the values of a list that is long enough to be a single parameter, if it can be
    /// one.
    fn long_list(&self, values: &[Node]) -> Option<Vec<Value>>;

    /// Returns whether values are written as literals.
    fn has_literals(&self) -> bool;

    /// Returns the number of tables that the columns of an expression may belong to. With more
    /// than one, columns are qualified.
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

    /// Fails the statement because the database does not have this.
    pub(super) fn unsupported(&mut self, what: impl Into<String>) {
        self.fail(self.dialect().unsupported(what));
    }
}
