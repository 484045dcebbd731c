//! CREATE TABLE, CREATE INDEX and DROP TABLE.

use super::expression::type_name;
use super::writer::{Writer, quoted};
use crate::dialect::Dialect;
use crate::schema::{
    Action, Auto, Collation, ColumnDef, DefaultValue, ForeignKeyDef, Generated, IndexDef, IndexPart, TableDef,
};
use crate::types::{Domain, Type};

/// The statements that create a table and its indexes.
pub(crate) fn create_table(dialect: Dialect, table: &TableDef) -> Vec<String> {
    let mut writer = Writer::new(dialect);
    writer.push("CREATE TABLE ");
    writer.name(table.name);
    writer.push(" (");
    for (place, column) in table.columns.iter().enumerate() {
        writer.push(if place > 0 { ",\n    " } else { "\n    " });
        writer.column_line(table, column);
    }
    writer.constraints(table);
    writer.push("\n)");
    let options: Vec<_> = [(table.strict, "STRICT"), (table.without_rowid, "WITHOUT ROWID")]
        .into_iter()
        .filter_map(|(set, option)| set.then_some(option))
        .collect();
    if !options.is_empty() {
        writer.push(" ");
        writer.push(&options.join(", "));
    }
    let mut statements = vec![writer.text];
    statements.extend(table.indexes.iter().map(|index| create_index(dialect, table, index)));
    statements
}

/// The conditions that hold columns to the numbers that their types can read.
pub(crate) fn ranges(table: &TableDef) -> Vec<String> {
    table.columns.iter().filter_map(range).collect()
}

fn range(column: &ColumnDef) -> Option<String> {
    let name = quoted(column.name);
    match column.domain {
        Domain::Range(least, i64::MAX) => Some(format!("{name} >= {least}")),
        Domain::Range(least, most) => Some(format!("{name} BETWEEN {least} AND {most}")),
        _ => None,
    }
}

/// The statement that drops a table with its indexes.
pub(crate) fn drop_table(table: &TableDef) -> String {
    format!("DROP TABLE {}", quoted(table.name))
}

impl Writer {
    /// `COLLATE name`.
    pub(super) fn collate(&mut self, collation: Collation) {
        match collation {
            Collation::Binary => self.push(" COLLATE BINARY"),
            Collation::NoCase => self.push(" COLLATE NOCASE"),
            Collation::RTrim => self.push(" COLLATE RTRIM"),
            Collation::Named(name) => {
                self.push(" COLLATE ");
                self.name(name);
            }
        }
    }

    fn column_line(&mut self, table: &TableDef, column: &ColumnDef) {
        self.name(column.name);
        self.push(" ");
        let name = type_name(self.dialect, column.ty);
        self.push(name);
        if column.auto != Auto::No {
            // Only a column declared so takes its number by itself (https://sqlite.org/autoinc.html).
            self.push(" CONSTRAINT ");
            self.name(&table.primary_key_name());
            self.push(" PRIMARY KEY");
            if column.auto == Auto::NeverUsed {
                self.push(" AUTOINCREMENT");
            }
        }
        if !column.nullable {
            self.push(" NOT NULL");
        }
        if let Some(default) = &column.default {
            self.push(" DEFAULT ");
            self.default_value(column.ty, default);
        }
        if let Some(collation) = column.collate {
            self.collate(collation);
        }
        if let Some(Generated::Virtual(expression) | Generated::Stored(expression)) = column.generated {
            self.push(" GENERATED ALWAYS AS (");
            self.push(expression);
            self.push(if matches!(column.generated, Some(Generated::Stored(_))) { ") STORED" } else { ") VIRTUAL" });
        }
        if let Some(check) = column.check {
            self.check(&table.check_name(column.name), check);
        }
        if let Some(values) = column.domain.list() {
            self.check(&table.domain_name(column.name), &format!("{} IN ({values})", quoted(column.name)));
        }
        if let Some(range) = range(column) {
            self.check(&table.range_name(column.name), &range);
        }
    }

    fn check(&mut self, name: &str, condition: &str) {
        self.push(" CONSTRAINT ");
        self.name(name);
        self.push(" CHECK (");
        self.push(condition);
        self.push(")");
    }

    fn constraints(&mut self, table: &TableDef) {
        let made_by_column = table.columns.iter().any(|column| column.auto != Auto::No);
        if !table.primary_key.is_empty() && !made_by_column {
            self.constraint(&table.primary_key_name(), "PRIMARY KEY (", table.primary_key.iter().copied());
        }
        for unique in table.uniques {
            self.constraint(&table.unique_name(unique), "UNIQUE (", unique.iter().copied());
        }
        for (place, check) in table.checks.iter().enumerate() {
            self.push(",\n   ");
            self.check(&table.check_name(&(place + 1).to_string()), check);
        }
        for key in table.foreign_keys {
            self.constraint(&table.foreign_key_name(key), "FOREIGN KEY (", key.columns());
            self.references(key);
        }
    }

    fn constraint<'a>(&mut self, name: &str, kind: &str, columns: impl IntoIterator<Item = &'a str>) {
        self.push(",\n    CONSTRAINT ");
        self.name(name);
        self.push(" ");
        self.push(kind);
        self.names(columns);
        self.push(")");
    }

    fn references(&mut self, key: &ForeignKeyDef) {
        self.push(" REFERENCES ");
        self.name((key.table)().name);
        self.push(" (");
        self.names(key.targets());
        self.push(")");
        for (event, action) in [(" ON DELETE ", key.on_delete), (" ON UPDATE ", key.on_update)] {
            let action = match action {
                Action::NoAction => continue,
                Action::Restrict => "RESTRICT",
                Action::Cascade => "CASCADE",
                Action::SetNull => "SET NULL",
                Action::SetDefault => "SET DEFAULT",
            };
            self.push(event);
            self.push(action);
        }
        if key.deferred {
            self.push(" DEFERRABLE INITIALLY DEFERRED");
        }
    }

    pub(super) fn default_value(&mut self, ty: Type, default: &DefaultValue) {
        match *default {
            DefaultValue::Bool(value) => self.push(if value { "1" } else { "0" }),
            // A whole number in a REAL column is stored as one by SQLite anyhow; written so, the DDL says it.
            DefaultValue::Integer(value) if ty == Type::Real => self.number(format_args!("{value}.0")),
            DefaultValue::Integer(value) => self.number(value),
            DefaultValue::Real(value) if value.is_infinite() => {
                // There is no word for infinity; a number out of range is one (https://sqlite.org/faq.html#q30).
                self.push(if value > 0.0 { "9e999" } else { "-9e999" });
            }
            DefaultValue::Real(value) => self.number(format_args!("{:?}", value + 0.0)),
            DefaultValue::Text(text) => self.text_literal(text),
            DefaultValue::Blob(bytes) => {
                self.push("x'");
                for byte in bytes {
                    self.number(format_args!("{byte:02x}"));
                }
                self.push("'");
            }
            DefaultValue::Now => {
                let now = now_expression(self.dialect, ty);
                self.push(now);
            }
            DefaultValue::Sql(expression) => {
                self.push("(");
                self.push(expression);
                self.push(")");
            }
        }
    }

    pub(super) fn text_literal(&mut self, text: &str) {
        // A literal ends at NUL (https://sqlite.org/nulinstr.html), so such text is written as bytes.
        if text.contains('\0') {
            self.push("(CAST(x'");
            for byte in text.bytes() {
                self.number(format_args!("{byte:02x}"));
            }
            self.push("' AS TEXT))");
        } else {
            self.push("'");
            self.push(&text.replace('\'', "''"));
            self.push("'");
        }
    }
}

/// The current time in the very form in which the type is stored.
fn now_expression(dialect: Dialect, ty: Type) -> &'static str {
    match (dialect, ty) {
        (Dialect::Sqlite, Type::Date) => "(strftime('%Y-%m-%d', 'now'))",
        (Dialect::Sqlite, Type::Time) => "(strftime('%H:%M:%f000000', 'now'))",
        (Dialect::Sqlite, Type::DateTime) => "(strftime('%Y-%m-%dT%H:%M:%f000000', 'now'))",
        (Dialect::Sqlite, _) => "(strftime('%Y-%m-%dT%H:%M:%f000000Z', 'now'))",
    }
}

fn create_index(dialect: Dialect, table: &TableDef, index: &IndexDef) -> String {
    let mut writer = Writer::new(dialect);
    writer.push(if index.unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " });
    writer.name(&table.index_name(index));
    writer.push(" ON ");
    writer.name(table.name);
    writer.push(" (");
    writer.separated(index.parts, |writer, part| match part {
        IndexPart::Column(name) => writer.name(name),
        IndexPart::Expression(expression) => {
            writer.push("(");
            writer.push(expression);
            writer.push(")");
        }
    });
    writer.push(")");
    if let Some(condition) = index.condition {
        writer.push(" WHERE ");
        writer.push(condition);
    }
    writer.text
}
