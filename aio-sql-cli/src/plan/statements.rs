//! The statements and the renames in the text of a step.

use super::name::Naming;
use super::tokens::{Token, tokens};

/// The renames in the text of a step. The tables are named by their full names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RenamesOf {
    /// The earlier and the new names of tables.
    pub tables: Vec<(String, String)>,
    /// The table, and the earlier and the new name of the column.
    pub columns: Vec<(String, String, String)>,
}

/// Returns the renames in the text of a step, without those of tables that the step itself
/// creates: at the end of a rebuild, the new table gets the name of the old one.
pub(crate) fn renames_of(text: &str, naming: Naming<'_>) -> RenamesOf {
    let mut renames = RenamesOf::default();
    let mut created: Vec<String> = Vec::new();
    for statement in statements(text) {
        let name = |place: usize| statement.get(place).and_then(Token::name).unwrap_or_default();
        let is = |place: usize, word: &str| statement.get(place).is_some_and(|token: &Token<'_>| token.is(word));
        if is(0, "create") && is(1, "table") {
            created.push(name_at(&statement, 2, naming).full.to_ascii_lowercase());
        }
        if !(is(0, "alter") && is(1, "table")) {
            continue;
        }
        let NameAt { schema, full: table, end, .. } = name_at(&statement, 2, naming);
        if is(end, "set") && is(end + 1, "schema") {
            let own = name(end - 1);
            renames.tables.push((table, naming.full(&name(end + 2), &own)));
        } else if is(end, "rename") && is(end + 1, "to") {
            if !created.contains(&table.to_ascii_lowercase()) {
                renames.tables.push((table, naming.full(&schema, &name(end + 2))));
            }
        } else if is(end, "rename") && !is(end + 1, "constraint") {
            let from = if is(end + 1, "column") { end + 2 } else { end + 1 };
            renames.columns.push((table, name(from), name(from + 2)));
        }
    }
    renames.joined()
}

impl RenamesOf {
    /// Makes one rename of a table of those that follow each other, as when a table first gets
    /// another schema, and then another name.
    fn joined(mut self) -> RenamesOf {
        let mut tables: Vec<(String, String)> = Vec::new();
        for (from, to) in self.tables {
            match tables.iter_mut().find(|(_, last)| *last == from) {
                Some((_, last)) => *last = to,
                None => tables.push((from, to)),
            }
        }
        self.tables = tables;
        self
    }
}

/// The name of a table in a statement.
pub(crate) struct NameAt {
    /// The name of its schema; empty if it is not written.
    pub(crate) schema: String,
    pub(crate) full: String,
    /// The place of the token after it.
    pub(crate) end: usize,
}

/// Returns the name of the table at a place of a statement, after words such as IF EXISTS.
pub(crate) fn name_at(statement: &[Token<'_>], mut place: usize, naming: Naming<'_>) -> NameAt {
    let is = |place: usize, word: &str| statement.get(place).is_some_and(|token: &Token<'_>| token.is(word));
    for word in ["if", "not", "exists", "only"] {
        place += usize::from(is(place, word));
    }
    let name = |place: usize| statement.get(place).and_then(Token::name).unwrap_or_default();
    if is(place + 1, ".") {
        let schema = name(place);
        return NameAt { full: naming.full(&schema, &name(place + 2)), schema, end: place + 3 };
    }
    NameAt { schema: String::new(), full: name(place), end: place + 1 }
}

/// Returns a statement with a semicolon at its end. If the statement ends with a comment, which
/// SQLite may keep in its schema, the semicolon stands on a line of its own.
pub(crate) fn terminated(statement: &str) -> String {
    let statement = statement.trim_end();
    let has_comment = tokens(statement).last().is_some_and(|last| last.end() < statement.len());
    format!("{statement}{};\n", if has_comment { "\n" } else { "" })
}

/// What may have statements of its own.
const BODIES: [&str; 3] = ["trigger", "function", "procedure"];

/// Returns the statements of a text as tokens. The statements inside a trigger of SQLite or a
/// function of PostgreSQL belong to its CREATE statement.
pub(crate) fn statements(text: &str) -> Vec<Vec<Token<'_>>> {
    let mut statements = Vec::new();
    let mut statement: Vec<Token<'_>> = Vec::new();
    // The number of BEGIN and CASE that have no END yet.
    let mut depth = 0_usize;
    for token in tokens(text) {
        let has_body = statement.first().is_some_and(|first| first.is("create"))
            && statement.iter().take(4).any(|word| BODIES.iter().any(|kind| word.is(kind)));
        if has_body && (token.is("begin") || token.is("case")) {
            depth += 1;
        } else if token.is("end") {
            depth = depth.saturating_sub(1);
        }
        if token.is(";") && depth == 0 {
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
        let renames = renames_of(text, Naming::plain());
        assert_eq!(renames.tables, [("a".to_owned(), "b c".to_owned())]);
        let columns = [("b c", "x", "y"), ("t", "p", "q")];
        assert_eq!(renames.columns, columns.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
        assert_eq!(statements(text).len(), 7);
    }

    #[test]
    fn a_table_that_is_renamed_may_have_a_schema_and_get_another_one() {
        let text = "alter table if exists app.a rename to b; alter table \"app\".c rename column x to y;
            alter table d set schema app; alter table app.d rename to \"e f\"; alter table app.a rename constraint x to z";
        let renames = renames_of(text, Naming::plain());
        let tables = [("app.a", "app.b"), ("d", "app.\"e f\"")];
        assert_eq!(renames.tables, tables.map(|(from, to)| (from.to_owned(), to.to_owned())));
        assert_eq!(renames.columns, [("app.c".to_owned(), "x".to_owned(), "y".to_owned())]);
    }

    #[test]
    fn the_statements_of_a_body_belong_to_it() {
        for body in [
            "create trigger a after insert on b when case when new.c then 1 end
                begin update d set e = case 1 when 1 then 2 end; select 1; end",
            "create trigger a after insert on b for each row execute function c()",
            "create or replace function a() returns int language plpgsql as $$ begin return 1; end $$",
            "create function a() returns int begin atomic select case when true then 1 end; select 2; end",
            "do $do$ begin perform 1; end $do$",
        ] {
            let text = format!("select 1; {body}; alter table b rename to c");
            assert_eq!(statements(&text).len(), 3, "{body}");
            assert_eq!(renames_of(&text, Naming::plain()).tables.len(), 1, "{body}");
        }
    }
}
