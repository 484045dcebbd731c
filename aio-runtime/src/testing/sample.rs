//! Made-up values of columns.

use crate::inspect::{Column, Table};
use crate::sql::tokens;

/// The values that a column may get, as the text of SQL expressions. They are numbered candidates:
/// another one is tried if the database refuses a row because of the column.
pub(super) struct Samples {
    class: Class,
    is_nullable: bool,
    name: String,
    /// The literals in the CHECK constraints and the default of the column, and the neighbours of
    /// numbers. They are likely to fulfil the constraints.
    literals: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Integer,
    Real,
    Text,
    Blob,
    /// Any type.
    Any,
}

impl Samples {
    pub(super) fn of(table: &Table, column: &Column) -> Samples {
        let class = column.type_class().to_ascii_uppercase();
        let class = match &*class {
            "TEXT" => Class::Text,
            "REAL" => Class::Real,
            "BLOB" if !column.declared_type().is_empty() => Class::Blob,
            class if class.contains("INT") => Class::Integer,
            "NUMERIC" => Class::Integer,
            _ => Class::Any,
        };
        let mut literals = Vec::new();
        for check in table.checks() {
            let tokens = tokens(check.expression());
            if check.column().is_some_and(|name| name == column.name())
                || tokens.iter().any(|token| names(token, column))
            {
                literals.extend(tokens.iter().flat_map(|token| near(token)));
            }
        }
        literals.extend(column.default().filter(|text| is_literal(text)).map(str::to_owned));
        literals.dedup();
        Samples { class, is_nullable: column.is_nullable(), name: column.name().to_owned(), literals }
    }

    /// Returns the number of candidates.
    pub(super) fn len(&self) -> usize {
        1 + self.literals.len() + self.fixed().len() + usize::from(self.is_nullable)
    }

    /// Returns whether a candidate is NULL in every row.
    pub(super) fn is_null(&self, candidate: usize) -> bool {
        self.is_nullable && candidate + 1 == self.len()
    }

    /// Returns a candidate for the row with this number.
    pub(super) fn get(&self, candidate: usize, row: usize) -> String {
        // Every third row has NULL in a nullable column, so that the steps are tested with NULL.
        if candidate == 0 {
            return if self.is_nullable && row % 3 == 2 { "NULL".to_owned() } else { self.distinct(row) };
        }
        let fixed = self.fixed();
        let others = self.literals.iter().map(String::as_str).chain(fixed.iter().copied());
        let sample = others.chain(self.is_nullable.then_some("NULL")).nth((candidate - 1) % (self.len() - 1).max(1));
        sample.unwrap_or("NULL").replace("{row}", &(row + 1).to_string())
    }

    /// Returns a value that no other row has.
    fn distinct(&self, row: usize) -> String {
        match self.class {
            // The numbers have gaps, so that a step which numbers rows anew is noticed.
            Class::Integer | Class::Any => (row * 2 + 1).to_string(),
            Class::Real => format!("{row}.5"),
            Class::Text => format!("'{} {}'", self.name.replace('\'', "''"), row + 1),
            Class::Blob => format!("x'{row:08x}'"),
        }
    }

    /// Returns values that constraints often ask for.
    fn fixed(&self) -> &'static [&'static str] {
        match self.class {
            Class::Integer => {
                &["0", "1", "{row}", "100 + {row}", "-1", "-{row}", "1700000000 + {row}", "1700000000000 + {row}"]
            }
            Class::Real => &["0.0", "1.0", "0.{row}", "{row}.25", "-1.0", "100.0"],
            Class::Text => &[
                "'{row}'",
                "'a'",
                "'A'",
                "''",
                "'a{row}@example.org'",
                "'https://example.org/{row}'",
                "'+4930{row}'",
                "'{row}.50'",
                "'{}'",
                "'[]'",
                "'{\"a\": {row}}'",
                "'2024-05-17'",
                "'12:30:00'",
                "'2024-05-17T12:30:00.000000000Z'",
                "'2024-05-17 12:30:00'",
                "printf('018f8a7e-1c2b-7000-8000-%012d', {row})",
                "printf('%032x', {row})",
                "printf('%08d', {row})",
                "'de'",
                "'EUR'",
                "'a-{row}'",
                "'a{row}'",
            ],
            Class::Blob => &["x''", "x'00'", "randomblob(16)", "randomblob(32)"],
            Class::Any => &["'a{row}'", "{row}.5", "x'00'", "0", "1", "'2024-05-17'", "'{}'"],
        }
    }
}

/// Returns whether a token is the name of a column.
pub(super) fn names(token: &str, column: &Column) -> bool {
    let plain = token.trim_matches(['"', '`', '[', ']']);
    plain.rsplit('.').next().is_some_and(|name| name.eq_ignore_ascii_case(column.name()))
}

fn is_literal(text: &str) -> bool {
    text.starts_with('\'') && text.ends_with('\'') || text.parse::<f64>().is_ok()
}

/// Returns a literal, and for a number also its neighbours. For an integer from 1 to 1000, which
/// may limit a length, also returns an expression for a text of that length. Returns nothing for
/// other tokens.
fn near(token: &str) -> Vec<String> {
    if token.starts_with('\'') {
        return vec![token.to_owned()];
    }
    match token.parse::<i64>() {
        Ok(number) => {
            let mut near: Vec<String> =
                [number, number.saturating_add(1), number.saturating_sub(1)].map(|number| number.to_string()).into();
            if (1..=1000).contains(&number) {
                near.push(format!("substr(printf('%0{number}d', {{row}}), 1, {number})"));
            }
            near
        }
        Err(_) if token.parse::<f64>().is_ok() => {
            vec![token.to_owned(), format!("{token} + 1"), format!("{token} - 1")]
        }
        Err(_) => Vec::new(),
    }
}
