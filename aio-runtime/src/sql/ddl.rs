//! Writes the text of CREATE TABLE, CREATE INDEX, COMMENT ON and DROP TABLE.

use super::writer::Writer;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::schema::{
    Action, Auto, ColumnDef, DefaultValue, Domain, ForeignKeyDef, Generated, IndexDef, IndexPart, TableDef,
};
use crate::types::Type;
use crate::value::{Encoding, Value};

/// Returns the statements that create a table and its indexes, and first what the table needs,
/// such as a collation. Leaves out the foreign keys that can only be created after the tables
/// `later`.
///
/// # Errors
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) if the database lacks a feature that
/// the struct uses.
pub(crate) fn create_table_before(dialect: Dialect, table: &TableDef, later: &[&TableDef]) -> Result<Vec<String>> {
    let mut statements = dialect.syntax().before_table(table);
    statements.extend(table_and_indexes(|| Writer::new(dialect), table, later)?);
    Ok(statements)
}

/// Returns the statements that create a table, its indexes and its comments in the default schema,
/// whatever schema it has, without the foreign keys that can only be created after other tables.
pub(crate) fn create_table_without_schema(dialect: Dialect, table: &TableDef) -> Result<Vec<String>> {
    let later: Vec<_> = table.foreign_keys.iter().map(|key| (key.table)()).collect();
    let new = || {
        let mut writer = Writer::new(dialect);
        writer.without_schemas = true;
        writer
    };
    table_and_indexes(new, table, &later)
}

/// Returns the statements that a table needs before it is created, such as those that create a
/// collation.
pub(crate) fn before_table(dialect: Dialect, table: &TableDef) -> Vec<String> {
    dialect.syntax().before_table(table)
}

fn table_and_indexes(new: impl Fn() -> Writer, table: &TableDef, later: &[&TableDef]) -> Result<Vec<String>> {
    let mut writer = new();
    let dialect = writer.dialect;
    if let Some(what) = writer.syntax.unsupported_feature(table) {
        writer.fail(dialect.unsupported(what));
    }
    if let Some(what) = foreign_schema(dialect, table) {
        writer.fail(dialect.unsupported(what));
    }
    writer.push("CREATE TABLE ");
    writer.table(table);
    writer.push(" (");
    for (place, column) in table.columns.iter().enumerate() {
        writer.push(if place > 0 { ",\n    " } else { "\n    " });
        writer.column_line(table, column);
    }
    writer.constraints(table, later);
    writer.push("\n)");
    writer.push(writer.syntax.table_options(table));
    let mut statements = vec![writer.finish()?.text];
    for index in table.indexes {
        statements.push(create_index(new(), table, index)?);
    }
    if dialect.syntax().stores_comments() {
        statements.extend(comments(new, table)?);
    }
    Ok(statements)
}

/// Returns the statements that set the comments of a table and its columns.
fn comments(new: impl Fn() -> Writer, table: &TableDef) -> Result<Vec<String>> {
    let comment_on = |column: Option<&ColumnDef>, comment: &str| {
        let mut writer = new();
        writer.push(if column.is_some() { "COMMENT ON COLUMN " } else { "COMMENT ON TABLE " });
        writer.table(table);
        if let Some(column) = column {
            writer.push(".");
            writer.name(column.name);
        }
        writer.push(" IS ");
        writer.syntax.text_literal(&mut writer, comment);
        writer.finish().map(|sql| sql.text)
    };
    let of_columns = table.columns.iter().filter_map(|column| Some((Some(column), column.comment?)));
    let all = table.comment.map(|comment| (None, comment)).into_iter().chain(of_columns);
    all.map(|(column, comment)| comment_on(column, comment)).collect()
}

/// Returns the name of a foreign key to a table of another schema, for the error if the database
/// has no such keys; `None` if it has them, or if the table has no such key.
fn foreign_schema(dialect: Dialect, table: &TableDef) -> Option<String> {
    if dialect.syntax().keys_leave_schemas() {
        return None;
    }
    let schema = |table: &TableDef| table.schema.unwrap_or(dialect.syntax().default_schema());
    let leaves = |key: &&ForeignKeyDef| !schema((key.table)()).eq_ignore_ascii_case(schema(table));
    let key = table.foreign_keys.iter().find(leaves)?;
    let columns: Vec<_> = key.columns().collect();
    Some(format!(
        "foreign key from one file to another: {}.{} refers to {}",
        table.full_name,
        columns.join(", "),
        (key.table)().full_name
    ))
}

/// Returns the statements that add the foreign keys of a table which [`create_table_before`] has
/// left out.
pub(crate) fn add_foreign_keys(dialect: Dialect, table: &TableDef, later: &[&TableDef]) -> Result<Vec<String>> {
    let left_out = table.foreign_keys.iter().filter(|key| is_left_out(dialect, key, later));
    let add = |key: &ForeignKeyDef| {
        let mut writer = Writer::new(dialect);
        writer.push("ALTER TABLE ");
        writer.table(table);
        writer.push(" ADD");
        writer.foreign_key(table, key);
        writer.finish().map(|sql| sql.text)
    };
    left_out.map(add).collect()
}

/// Returns whether a foreign key is created only after the tables `later`.
fn is_left_out(dialect: Dialect, key: &ForeignKeyDef, later: &[&TableDef]) -> bool {
    dialect.syntax().checks_targets_of_keys() && later.iter().any(|table| table.is_same_table((key.table)()))
}

/// Returns the CHECK conditions that limit integer columns to the range of their Rust types.
pub(crate) fn ranges(dialect: Dialect, table: &TableDef) -> Vec<String> {
    table.columns.iter().filter_map(|column| dialect.syntax().range(column)).collect()
}

/// Returns the CHECK conditions that limit columns to the values of their enums.
pub(crate) fn lists(dialect: Dialect, table: &TableDef) -> Result<Vec<String>> {
    let mut conditions = Vec::new();
    for column in table.columns {
        let mut writer = Writer::new(dialect);
        if writer.domain_condition(column) {
            conditions.push(writer.finish()?.text);
        }
    }
    Ok(conditions)
}

/// Returns a name as the database stores it: one that is too long is shortened.
pub(crate) fn stored_name(dialect: Dialect, name: &str) -> String {
    let mut quoted = String::new();
    dialect.syntax().push_name(&mut quoted, name);
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.map(|inner| inner.replace("\"\"", "\"")).unwrap_or(quoted)
}

/// Returns the statements that drop tables, in this order. The database drops their indexes, too.
pub(crate) fn drop_tables(dialect: Dialect, tables: &[&TableDef]) -> Result<Vec<String>> {
    let together = if dialect.syntax().checks_targets_of_keys() { tables.len() } else { 1 };
    let drop = |tables: &[&TableDef]| {
        let mut writer = Writer::new(dialect);
        writer.push("DROP TABLE ");
        writer.separated(tables, |writer, table| writer.table(table));
        writer.finish().map(|sql| sql.text)
    };
    tables.chunks(together.max(1)).map(drop).collect()
}

impl Writer {
    fn column_line(&mut self, table: &TableDef, column: &ColumnDef) {
        self.name(column.name);
        match column.declared_type.unwrap_or_else(|| self.syntax.type_name(column.ty)) {
            "" => {}
            ty => self.push(&format!(" {ty}")),
        }
        if column.auto != Auto::No {
            self.push(" CONSTRAINT ");
            self.name(&table.primary_key_name());
            self.push(self.syntax.auto(column.auto));
        }
        if !column.nullable {
            self.push(" NOT NULL");
        }
        if let Some(default) = &column.default {
            self.push(" DEFAULT ");
            self.default_value(column.ty, default);
        }
        if let Some(collation) = self.syntax.column_collation(column) {
            self.collate(collation);
        }
        if let Some(generated @ (Generated::Virtual(expression) | Generated::Stored(expression))) = column.generated {
            self.push(" GENERATED ALWAYS AS (");
            self.push(expression);
            self.push(") ");
            self.push(self.syntax.generated(generated));
        }
        if let Some(check) = column.check {
            self.check(&table.check_name(&check, column.name), check.expression);
        }
        if matches!(column.domain, Domain::Texts(_) | Domain::Integers(_)) && self.syntax.lists_values(column) {
            self.push(" CONSTRAINT ");
            self.name(&table.domain_name(column.name));
            self.push(" CHECK (");
            self.domain_condition(column);
            self.push(")");
        }
        if let Some(range) = self.syntax.range(column) {
            self.check(&table.range_name(column.name), &range);
        }
    }

    /// Writes the condition that a column has one of the values of its enum. Returns whether the
    /// type of the column is an enum.
    fn domain_condition(&mut self, column: &ColumnDef) -> bool {
        match column.domain {
            _ if !self.syntax.lists_values(column) => return false,
            Domain::Texts(texts) => {
                self.is_one_of(column, texts, |writer, text| writer.syntax.text_literal(writer, text));
            }
            Domain::Integers(integers) => self.is_one_of(column, integers, |writer, number| writer.number(number)),
            Domain::Any | Domain::Range(..) => return false,
        }
        true
    }

    fn is_one_of<V>(&mut self, column: &ColumnDef, values: &[V], write: impl FnMut(&mut Writer, &V)) {
        self.name(column.name);
        if let Type::Array(_) = column.ty {
            self.push(" <@ CAST(ARRAY[");
            self.separated(values, write);
            self.push("] AS ");
            self.push(self.syntax.type_name(column.ty));
            return self.push(")");
        }
        self.push(" IN (");
        self.separated(values, write);
        self.push(")");
    }

    fn check(&mut self, name: &str, condition: &str) {
        self.push(" CONSTRAINT ");
        self.name(name);
        self.push(" CHECK (");
        self.push(condition);
        self.push(")");
    }

    fn constraints(&mut self, table: &TableDef, later: &[&TableDef]) {
        let made_by_column = table.columns.iter().any(|column| column.auto != Auto::No);
        if !table.primary_key.is_empty() && !made_by_column {
            self.constraint(&table.primary_key_name(), "PRIMARY KEY (", table.primary_key.iter().copied());
        }
        for unique in table.uniques {
            let kind = match table.nulls_not_distinct.contains(unique) {
                true => "UNIQUE NULLS NOT DISTINCT (",
                false => "UNIQUE (",
            };
            self.constraint(&table.unique_name(unique), kind, unique.iter().copied());
        }
        for (place, check) in table.checks.iter().enumerate() {
            self.push(",\n   ");
            self.check(&table.check_name(check, &(place + 1).to_string()), check.expression);
        }
        let dialect = self.dialect;
        for key in table.foreign_keys.iter().filter(|key| !is_left_out(dialect, key, later)) {
            self.push(",\n   ");
            self.foreign_key(table, key);
        }
    }

    fn foreign_key(&mut self, table: &TableDef, key: &ForeignKeyDef) {
        self.named_key(&table.foreign_key_name(key), "FOREIGN KEY (", key.columns());
        self.references(key);
    }

    fn constraint<'a>(&mut self, name: &str, kind: &str, columns: impl IntoIterator<Item = &'a str>) {
        self.push(",\n   ");
        self.named_key(name, kind, columns);
    }

    fn named_key<'a>(&mut self, name: &str, kind: &str, columns: impl IntoIterator<Item = &'a str>) {
        self.push(" CONSTRAINT ");
        self.name(name);
        self.push(" ");
        self.push(kind);
        self.names(columns);
        self.push(")");
    }

    fn references(&mut self, key: &ForeignKeyDef) {
        self.push(" REFERENCES ");
        let parent = (key.table)();
        match self.syntax.keys_leave_schemas() {
            true => self.table(parent),
            false => self.name(parent.name),
        }
        self.push(" (");
        self.names(key.targets());
        self.push(")");
        for (event, action) in [(" ON DELETE ", key.on_delete), (" ON UPDATE ", key.on_update)] {
            if action != Action::NoAction {
                self.push(event);
                self.push(&action.to_string());
            }
        }
        if key.deferred {
            self.push(" DEFERRABLE INITIALLY DEFERRED");
        }
    }

    pub(super) fn default_value(&mut self, ty: Type, default: &DefaultValue) {
        if let Some(decimal) = decimal(ty, default) {
            return self.literal(&decimal);
        }
        match *default {
            DefaultValue::Bool(value) => self.push(self.syntax.bool_literal(value)),
            // SQLite converts an integer in a REAL column to a float. The DDL shows the converted
            // value.
            DefaultValue::Integer(value) if ty == Type::Real => self.number(format_args!("{value}.0")),
            DefaultValue::Integer(value) => self.number(value),
            // The text is a number in Rust's syntax, which the derive checks, so `parse` does not
            // fail.
            DefaultValue::Number(text) => self.syntax.real_literal(self, text.parse().unwrap_or_default()),
            DefaultValue::Text(text) => self.syntax.text_literal(self, text),
            DefaultValue::Blob(bytes) => self.syntax.blob_literal(self, bytes),
            DefaultValue::Now => self.syntax.now(self, ty),
            DefaultValue::Sql(expression) => {
                self.push("(");
                self.push(expression);
                self.push(")");
            }
        }
    }
}

/// Returns the default of a column of decimals as the value that the column stores. Returns `None`
/// for any other column, for a column with a `scale`, whose default is already an integer, and for
/// a default that is an SQL expression.
fn decimal(ty: Type, default: &DefaultValue) -> Option<Value> {
    let form = match ty {
        Type::Decimal => None,
        Type::Encoded(form @ (Encoding::DecimalReal | Encoding::DecimalText(_))) => Some(form),
        _ => return None,
    };
    let (mantissa, scale) = default.decimal()?;
    let decimal = Value::Decimal { mantissa, scale };
    match form {
        Some(form) => form.encode(&decimal).ok(),
        None => Some(decimal),
    }
}

/// Splits ASC or DESC from the end of an expression, because it follows the parentheses around the
/// expression of an index.
fn without_order(expression: &str) -> (&str, &'static str) {
    let Some((before, last)) = expression.trim_end().rsplit_once(char::is_whitespace) else { return (expression, "") };
    match last {
        last if last.eq_ignore_ascii_case("desc") => (before, " DESC"),
        last if last.eq_ignore_ascii_case("asc") => (before, " ASC"),
        _ => (expression, ""),
    }
}

fn create_index(mut writer: Writer, table: &TableDef, index: &IndexDef) -> Result<String> {
    writer.push(if index.unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " });
    // An index is created in the schema of its table. One of the two names says which that is.
    match (table.schema.filter(|_| !writer.without_schemas), writer.syntax.names_schema_of_index()) {
        (Some(schema), true) => {
            writer.name(schema);
            writer.push(".");
            writer.name(&table.index_name(index));
            writer.push(" ON ");
            writer.name(table.name);
        }
        _ => {
            writer.name(&table.index_name(index));
            writer.push(" ON ");
            writer.table(table);
        }
    }
    if let Some(method) = index.method {
        writer.push(" USING ");
        writer.name(method);
    }
    writer.push(" (");
    writer.separated(index.parts, |writer, part| match part {
        IndexPart::Column(name) => {
            writer.name(name);
            // Only an index of the default kind is sorted.
            if index.method.is_none() {
                writer.syntax.nulls_in_index(writer, table, name);
            }
        }
        IndexPart::Expression(expression) => {
            let (expression, order) = without_order(expression);
            writer.push("(");
            writer.push(expression);
            writer.push(")");
            writer.push(order);
        }
    });
    writer.push(if index.nulls_not_distinct { ") NULLS NOT DISTINCT" } else { ")" });
    if let Some(condition) = index.condition {
        writer.push(" WHERE ");
        writer.push(condition);
    }
    writer.finish().map(|sql| sql.text)
}
