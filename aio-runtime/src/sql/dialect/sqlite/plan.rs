//! Reading the result of EXPLAIN QUERY PLAN (<https://sqlite.org/eqp.html>).

use crate::sql::dialect::PlanLine;
use crate::value::Value;

/// Converts the rows of a plan to its steps. A row has the number of the step, the number of the
/// step that contains it, an unused column, and a description of the step.
pub(super) fn read(rows: &mut dyn Iterator<Item = &[Value]>) -> Vec<PlanLine> {
    let mut depths: Vec<(i64, usize)> = Vec::new();
    let mut lines = Vec::new();
    for row in rows {
        let [Value::Integer(id), Value::Integer(parent), _, Value::Text(detail)] = row else { continue };
        let depth = depths.iter().find(|(other, _)| other == parent).map_or(0, |(_, depth)| depth + 1);
        depths.push((*id, depth));
        lines.push(PlanLine { depth, scans: scanned(detail).map(str::to_owned), detail: detail.clone() });
    }
    lines
}

/// Returns the table, or its alias, if a step reads all rows of a table; otherwise `None`.
fn scanned(detail: &str) -> Option<&str> {
    let name = detail.strip_prefix("SCAN ")?.split(' ').next()?;
    // Constant rows, the rows of a subquery and the values of a list are not tables.
    let is_table = name != "CONSTANT" && name != "rarray" && !name.starts_with('(');
    is_table.then_some(name)
}
