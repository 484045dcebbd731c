//! Reading the result of EXPLAIN (<https://www.postgresql.org/docs/current/using-explain.html>).

use crate::sql::dialect::PlanLine;
use crate::value::Value;

/// Converts the lines of a plan to its steps. A line that begins with an arrow is a step inside
/// the one above it; any other line describes the step above it.
pub(super) fn read(rows: &mut dyn Iterator<Item = &[Value]>) -> Vec<PlanLine> {
    // The columns at which the arrows of the enclosing steps stand.
    let mut arrows: Vec<usize> = Vec::new();
    let mut lines: Vec<PlanLine> = Vec::new();
    for row in rows {
        let [Value::Text(line)] = row else { continue };
        let text = line.trim_start();
        let column = line.len() - text.len();
        let (depth, detail) = match text.strip_prefix("->") {
            Some(step) => {
                arrows.retain(|arrow| *arrow < column);
                arrows.push(column);
                (arrows.len(), step.trim_start())
            }
            None => {
                // The description of a step is indented further than its arrow.
                arrows.retain(|arrow| *arrow < column);
                (arrows.len() + usize::from(column > 0), text)
            }
        };
        lines.push(PlanLine { depth, scans: scanned(detail).map(str::to_owned), detail: detail.to_owned() });
    }
    lines
}

/// Returns the alias, or else the name, of the table of which a step reads all rows; otherwise
/// `None`.
fn scanned(detail: &str) -> Option<&str> {
    let step = detail.strip_prefix("Parallel ").unwrap_or(detail);
    step.strip_prefix("Seq Scan on ")?.split(' ').next_back()
}
