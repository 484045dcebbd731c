//! The statements and the renames in the text of a step.

use super::tokens::{Token, tokens};

/// The renames in the text of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RenamesOf {
    /// The earlier and the new names of tables.
    pub tables: Vec<(String, String)>,
    /// The table, and the earlier and the new name of the column.
    pub columns: Vec<(String, String, String)>,
}

/// Returns the renames in the text of a step, without those of tables that the step itself
/// creates: at the end of a rebuild, the new table gets the name of the old one.
pub fn renames_of(text: &str) -> RenamesOf {
    let mut renames = RenamesOf::default();
    let mut created: Vec<String> = Vec::new();
    for statement in statements(text) {
        let name = |place: usize| statement.get(place).and_then(Token::name).unwrap_or_default();
        let is = |place: usize, word: &str| statement.get(place).is_some_and(|token: &Token<'_>| token.is(word));
        if is(0, "create") && is(1, "table") {
            created.push(name(2).to_ascii_lowercase());
        }
        if !(is(0, "alter") && is(1, "table") && is(3, "rename")) {
            continue;
        }
        let table = name(2);
        if is(4, "to") {
            if !created.contains(&table.to_ascii_lowercase()) {
                renames.tables.push((table, name(5)));
            }
        } else {
            let from = if is(4, "column") { 5 } else { 4 };
            renames.columns.push((table, name(from), name(from + 2)));
        }
    }
    renames
}

/// Returns a statement with a semicolon at its end. If the statement ends with a comment, which
/// SQLite may keep in its schema, the semicolon stands on a line of its own.
pub(crate) fn terminated(statement: &str) -> String {
    let statement = statement.trim_end();
    let has_comment = tokens(statement).last().is_some_and(|last| last.end() < statement.len());
    format!("{statement}{};\n", if has_comment { "\n" } else { "" })
}

/// Returns the statements of a text as tokens. The statements inside a trigger belong to its
/// CREATE statement.
pub(crate) fn statements(text: &str) -> Vec<Vec<Token<'_>>> {
    let mut statements = Vec::new();
    let mut statement: Vec<Token<'_>> = Vec::new();
    for token in tokens(text) {
        let is_trigger = statement.first().is_some_and(|token| token.is("create"))
            && statement.iter().take(4).any(|token| token.is("trigger"));
        let is_inside = is_trigger && !statement.last().is_some_and(|token| token.is("end"));
        if token.is(";") && !is_inside {
            if !statement.is_empty() {
                statements.push(std::mem::take(&mut statement));
            }
        } else {
            statement.push(token);
        }
    }
    if !statement.is_empty() {
        statements.push(statement);
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renames_are_found_and_the_end_of_a_rebuild_is_none() {
        let text =
            "alter table a rename to \"b c\"; alter table [b c] rename column x to y; ALTER TABLE t RENAME p TO q;
            create table t_new (x); alter table t_new rename to t;
            create trigger tr after insert on t begin select 1; alter table no rename to no; end; select 2";
        let renames = renames_of(text);
        assert_eq!(renames.tables, [("a".to_owned(), "b c".to_owned())]);
        let columns = [("b c", "x", "y"), ("t", "p", "q")];
        assert_eq!(renames.columns, columns.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
        assert_eq!(statements(text).len(), 7);
    }
}
