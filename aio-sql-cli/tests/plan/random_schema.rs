//! Random schemas with everything that the derive can declare.

use std::fmt::Write as _;

use fastrand::Rng;

/// A number that a table or column keeps when it is renamed.
pub(crate) type Id = u32;

#[derive(Clone, Debug, Default)]
pub(crate) struct RandomSchema {
    pub(crate) tables: Vec<RandomTable>,
    next: Id,
}

#[derive(Clone, Debug)]
pub(crate) struct RandomTable {
    pub(crate) id: Id,
    /// The schema of the table, if it is not the default one.
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
    pub(crate) columns: Vec<RandomColumn>,
    pub(crate) key: Key,
    pub(crate) uniques: Vec<Vec<Id>>,
    pub(crate) checks: Vec<(Id, String)>,
    pub(crate) keys: Vec<RandomForeignKey>,
    pub(crate) indexes: Vec<RandomIndex>,
    pub(crate) strict: bool,
    pub(crate) without_rowid: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    /// The first column is the rowid.
    Rowid {
        autoincrement: bool,
    },
    Columns(Vec<Id>),
    None,
}

#[derive(Clone, Debug)]
pub(crate) struct RandomColumn {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) ty: &'static str,
    pub(crate) nullable: bool,
    pub(crate) default: Option<String>,
    pub(crate) collation: Option<&'static str>,
    /// The expression, in which `{1}` stands for the name of the column with the id 1, and whether
    /// the column is stored.
    pub(crate) generated: Option<(String, bool)>,
    pub(crate) check: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct RandomForeignKey {
    pub(crate) columns: Vec<Id>,
    pub(crate) table: Id,
    pub(crate) targets: Vec<Id>,
    pub(crate) actions: &'static str,
}

#[derive(Clone, Debug)]
pub(crate) struct RandomIndex {
    pub(crate) id: Id,
    pub(crate) columns: Vec<Id>,
    pub(crate) expression: Option<String>,
    pub(crate) condition: Option<String>,
    pub(crate) unique: bool,
}

pub(crate) const TYPES: [&str; 4] = ["INTEGER", "TEXT", "REAL", "BLOB"];
pub(crate) const ACTIONS: [&str; 5] = [
    "",
    " ON DELETE CASCADE",
    " ON DELETE SET NULL ON UPDATE CASCADE",
    " ON DELETE RESTRICT",
    " ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
];
/// Names that need quotes, are words of SQL, or hide the rowid.
const NAMES: [&str; 12] =
    ["title", "Body", "order", "a b", "rowid", "x\"y", "größe", "oid", "kind", "select", "_rowid_", "it's"];

impl RandomSchema {
    pub(crate) fn new(rng: &mut Rng) -> RandomSchema {
        let mut schema = RandomSchema::default();
        for _ in 0..rng.usize(1..5) {
            schema.add_table(rng);
        }
        for _ in 0..rng.usize(0..4) {
            let table = rng.usize(0..schema.tables.len());
            schema.add_foreign_key(table, rng);
        }
        schema
    }

    pub(crate) fn id(&mut self) -> Id {
        self.next += 1;
        self.next
    }

    pub(crate) fn add_table(&mut self, rng: &mut Rng) {
        let id = self.id();
        let name = match rng.u8(0..6) {
            0 => format!("table {id}"),
            1 => format!("T\"{id}"),
            _ => format!("t{id}"),
        };
        let mut table = RandomTable {
            id,
            schema: None,
            name,
            columns: Vec::new(),
            key: Key::None,
            uniques: Vec::new(),
            checks: Vec::new(),
            keys: Vec::new(),
            indexes: Vec::new(),
            strict: rng.bool(),
            without_rowid: false,
        };
        match rng.u8(0..5) {
            0..=2 => {
                table.key = Key::Rowid { autoincrement: rng.bool() };
                let id = self.id();
                table.columns.push(RandomColumn::plain(id, "id".to_owned(), "INTEGER", false));
            }
            3 => {
                let mut columns = Vec::new();
                for _ in 0..rng.usize(1..3) {
                    let id = self.id();
                    let ty = *rng.choice(&TYPES[..2]).unwrap();
                    table.columns.push(RandomColumn::plain(id, format!("k{id}"), ty, false));
                    columns.push(id);
                }
                table.key = Key::Columns(columns);
                table.without_rowid = rng.bool();
            }
            _ => {}
        }
        for _ in 0..rng.usize(1..6) {
            let id = self.id();
            let column = RandomColumn::random(id, &table, rng);
            table.columns.push(column);
        }
        if rng.bool() {
            table.uniques.push(table.random_unique(rng));
        }
        if rng.bool() {
            let (id, check) = (self.id(), table.random_check(rng));
            table.checks.push((id, check));
        }
        for _ in 0..rng.usize(0..3) {
            let index = RandomIndex::random(self.id(), &table, rng);
            table.indexes.push(index);
        }
        self.tables.push(table);
    }

    /// Adds a foreign key with columns of its own. Returns whether there is a table to refer to.
    pub(crate) fn add_foreign_key(&mut self, child: usize, rng: &mut Rng) -> bool {
        let parent = &self.tables[rng.usize(0..self.tables.len())];
        let (parent_id, targets) = match &parent.key {
            Key::Rowid { .. } => (parent.id, vec![parent.columns[0].clone()]),
            Key::Columns(columns) => {
                let target = |id: &Id| parent.column(*id).clone();
                (parent.id, columns.iter().map(target).collect::<Vec<_>>())
            }
            Key::None => return false,
        };
        let mut columns = Vec::new();
        for target in &targets {
            let id = self.id();
            let column = RandomColumn::plain(id, format!("ref{id}"), target.ty, true);
            self.tables[child].columns.push(column);
            columns.push(id);
        }
        let targets = targets.iter().map(|target| target.id).collect();
        let actions = *rng.choice(&ACTIONS).unwrap();
        self.tables[child].keys.push(RandomForeignKey { columns, table: parent_id, targets, actions });
        true
    }

    pub(crate) fn table(&self, id: Id) -> Option<&RandomTable> {
        self.tables.iter().find(|table| table.id == id)
    }

    /// Returns the statements that create the schema, in the form in which the library writes
    /// them.
    pub(crate) fn sql(&self) -> String {
        let mut sql = String::new();
        for table in &self.tables {
            sql += &self.create_table(table);
            for index in &table.indexes {
                sql += &table.create_index(index);
            }
        }
        sql
    }

    fn create_table(&self, table: &RandomTable) -> String {
        let mut lines = Vec::new();
        for column in &table.columns {
            let is_rowid = matches!(table.key, Key::Rowid { .. }) && column.id == table.columns[0].id;
            let mut line = format!("{} {}", quoted(&column.name), column.ty);
            if is_rowid {
                write!(line, " CONSTRAINT \"pk_{}\" PRIMARY KEY", table.id).unwrap();
                line += if table.key == (Key::Rowid { autoincrement: true }) { " AUTOINCREMENT" } else { "" };
            }
            line += if column.nullable { "" } else { " NOT NULL" };
            if let Some(default) = &column.default {
                write!(line, " DEFAULT {default}").unwrap();
            }
            if let Some(collation) = column.collation {
                write!(line, " COLLATE {collation}").unwrap();
            }
            if let Some((expression, stored)) = &column.generated {
                let kind = if *stored { "STORED" } else { "VIRTUAL" };
                write!(line, " GENERATED ALWAYS AS ({}) {kind}", table.filled(expression)).unwrap();
            }
            if let Some(check) = &column.check {
                write!(line, " CONSTRAINT \"ck_{}_{}\" CHECK ({})", table.id, column.id, table.filled(check)).unwrap();
            }
            lines.push(line);
        }
        if let Key::Columns(columns) = &table.key {
            lines.push(format!("CONSTRAINT \"pk_{}\" PRIMARY KEY ({})", table.id, table.names(columns)));
        }
        for unique in &table.uniques {
            lines.push(format!("UNIQUE ({})", table.names(unique)));
        }
        for (id, check) in &table.checks {
            lines.push(format!("CONSTRAINT \"ck_{}_{id}\" CHECK ({})", table.id, table.filled(check)));
        }
        for key in &table.keys {
            let parent = self.table(key.table).unwrap();
            lines.push(format!(
                "CONSTRAINT \"fk_{}\" FOREIGN KEY ({}) REFERENCES {} ({}){}",
                key.columns[0],
                table.names(&key.columns),
                quoted(&parent.name),
                parent.names(&key.targets),
                key.actions
            ));
        }
        let mut options = Vec::new();
        options.extend(table.strict.then_some("STRICT"));
        options.extend(table.without_rowid.then_some("WITHOUT ROWID"));
        format!("CREATE TABLE {} (\n    {}\n) {};\n", quoted(&table.name), lines.join(",\n    "), options.join(", "))
    }
}

impl RandomTable {
    /// Returns the name by which a plan calls the table.
    pub(crate) fn full_name(&self) -> String {
        let is_plain = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let word = |name: &str| if is_plain(name) { name.to_owned() } else { quoted(name) };
        match &self.schema {
            Some(schema) => format!("{}.{}", word(schema), word(&self.name)),
            None => self.name.clone(),
        }
    }

    /// Returns the name of the table in SQL.
    pub(crate) fn sql_name(&self) -> String {
        let schema = self.schema.as_ref().map(|schema| format!("{}.", quoted(schema)));
        format!("{}{}", schema.unwrap_or_default(), quoted(&self.name))
    }

    pub(crate) fn column(&self, id: Id) -> &RandomColumn {
        self.columns.iter().find(|column| column.id == id).unwrap()
    }

    pub(crate) fn has(&self, id: Id) -> bool {
        self.columns.iter().any(|column| column.id == id)
    }

    pub(crate) fn is_free(&self, name: &str) -> bool {
        !self.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name))
    }

    fn names(&self, columns: &[Id]) -> String {
        columns.iter().map(|id| quoted(&self.column(*id).name)).collect::<Vec<_>>().join(", ")
    }

    /// Replaces the ids of columns in an expression by their names.
    pub(crate) fn filled(&self, expression: &str) -> String {
        let mut filled = expression.to_owned();
        for column in &self.columns {
            filled = filled.replace(&format!("{{{}}}", column.id), &quoted(&column.name));
        }
        filled
    }

    /// Returns a column that is not generated.
    pub(crate) fn random_column(&self, rng: &mut Rng) -> Id {
        let plain: Vec<Id> =
            self.columns.iter().filter(|column| column.generated.is_none()).map(|column| column.id).collect();
        *rng.choice(&plain).unwrap()
    }

    pub(crate) fn random_unique(&self, rng: &mut Rng) -> Vec<Id> {
        vec![self.random_column(rng)]
    }

    pub(crate) fn random_check(&self, rng: &mut Rng) -> String {
        let (one, other) = (self.random_column(rng), self.random_column(rng));
        match rng.u8(0..4) {
            0 => format!("length({{{one}}}) < {}", rng.u8(3..30)),
            1 => format!("{{{one}}} IS NOT NULL OR {{{other}}} IS NOT NULL OR TRUE"),
            2 => format!("{{{one}}} <> {{{other}}} OR {{{one}}} = {{{other}}}"),
            _ => format!("nullif({{{one}}}, '3') IS NULL OR 'x' <> {{{other}}}"),
        }
    }

    pub(crate) fn create_index(&self, index: &RandomIndex) -> String {
        let unique = if index.unique { "UNIQUE " } else { "" };
        let mut parts: Vec<_> = index.columns.iter().map(|id| quoted(&self.column(*id).name)).collect();
        parts.extend(index.expression.iter().map(|expression| format!("({})", self.filled(expression))));
        let condition = index.condition.as_ref().map(|condition| format!(" WHERE {}", self.filled(condition)));
        let (table, parts) = (quoted(&self.name), parts.join(", "));
        format!("CREATE {unique}INDEX \"ix_{}\" ON {table} ({parts}){};\n", index.id, condition.unwrap_or_default())
    }

    /// Returns whether a key, a constraint, an index, a generated column, or a foreign key of any
    /// table of the schema uses the column.
    pub(crate) fn is_used(&self, id: Id, in_schema: &RandomSchema) -> bool {
        let name = format!("{{{id}}}");
        let in_key = match &self.key {
            Key::Rowid { .. } => self.columns[0].id == id,
            Key::Columns(columns) => columns.contains(&id),
            Key::None => false,
        };
        let targets = in_schema.tables.iter().flat_map(|table| &table.keys).any(|key| key.targets.contains(&id));
        let in_index = |index: &RandomIndex| {
            let texts = [&index.expression, &index.condition];
            index.columns.contains(&id) || texts.into_iter().flatten().any(|text| text.contains(&name))
        };
        in_key
            || targets
            || self.uniques.iter().any(|unique| unique.contains(&id))
            || self.checks.iter().any(|(_, check)| check.contains(&name))
            || self.keys.iter().any(|key| key.columns.contains(&id))
            || self.indexes.iter().any(in_index)
            || self.columns.iter().filter_map(|column| column.generated.as_ref()).any(|(text, _)| text.contains(&name))
    }
}

impl RandomColumn {
    pub(crate) fn plain(id: Id, name: String, ty: &'static str, nullable: bool) -> RandomColumn {
        RandomColumn { id, name, ty, nullable, default: None, collation: None, generated: None, check: None }
    }

    pub(crate) fn random(id: Id, table: &RandomTable, rng: &mut Rng) -> RandomColumn {
        let mut column = RandomColumn::plain(id, random_name(id, table, rng), rng.choice(&TYPES).unwrap(), rng.bool());
        if !table.columns.iter().all(|column| column.generated.is_some()) && rng.u8(0..6) == 0 {
            column.generated = Some(random_generated(table, rng));
            column.nullable = true;
            column.ty = "TEXT";
            return column;
        }
        column.default = rng.bool().then(|| random_default(column.ty, rng));
        if column.ty == "TEXT" && rng.u8(0..3) == 0 {
            column.collation = Some("NOCASE");
        }
        if rng.u8(0..3) == 0 {
            column.check = Some(random_list(&column, rng));
        }
        column
    }
}

impl RandomIndex {
    pub(crate) fn random(id: Id, table: &RandomTable, rng: &mut Rng) -> RandomIndex {
        let column = table.random_column(rng);
        let mut index =
            RandomIndex { id, columns: vec![column], expression: None, condition: None, unique: rng.u8(0..4) == 0 };
        match rng.u8(0..4) {
            0 => index.expression = Some(format!("lower({{{column}}})")),
            1 => index.condition = Some(format!("{{{}}} IS NOT NULL", table.random_column(rng))),
            2 => {
                let other = table.random_column(rng);
                index.columns.extend((other != column).then_some(other));
            }
            _ => {}
        }
        index
    }
}

pub(crate) fn random_name(id: Id, table: &RandomTable, rng: &mut Rng) -> String {
    let name = rng.choice(&NAMES).unwrap();
    if table.is_free(name) && rng.u8(0..3) == 0 { (*name).to_owned() } else { format!("c{id}") }
}

pub(crate) fn random_generated(table: &RandomTable, rng: &mut Rng) -> (String, bool) {
    let column = table.random_column(rng);
    let expression = match rng.u8(0..3) {
        0 => format!("typeof({{{column}}})"),
        1 => format!("hex({{{column}}}) || '{}'", rng.u8(0..9)),
        _ => format!("'is ' || length({{{column}}})"),
    };
    (expression, rng.bool())
}

/// Returns a default that fulfils the CHECK conditions that `random_list` returns.
pub(crate) fn random_default(ty: &str, rng: &mut Rng) -> String {
    let is_expression = rng.bool();
    let literal = match ty {
        "INTEGER" => rng.choice(&["1", "-2", "3"]).unwrap().to_string(),
        "REAL" => rng.choice(&["1.5", "-2.0"]).unwrap().to_string(),
        "BLOB" => rng.choice(&["x'00ff'", "x''"]).unwrap().to_string(),
        _ => rng.choice(&["'a'", "'it''s'", "''"]).unwrap().to_string(),
    };
    match ty {
        "INTEGER" if is_expression => "(1 + 1)".to_owned(),
        "TEXT" if is_expression => "(lower('A'))".to_owned(),
        "REAL" if is_expression => "(1.0 / 4)".to_owned(),
        "BLOB" if is_expression => "(zeroblob(2))".to_owned(),
        _ => literal,
    }
}

/// Returns a CHECK condition like that of an enum, or of the range of an integer.
pub(crate) fn random_list(column: &RandomColumn, rng: &mut Rng) -> String {
    let id = column.id;
    match column.ty {
        "INTEGER" if rng.bool() => format!("{{{id}}} BETWEEN -128 AND {}", rng.u8(100..=255)),
        "INTEGER" => format!("{{{id}}} IN (-2, 1, 2, 3, {})", rng.u8(4..20)),
        "REAL" => format!("{{{id}}} > -{}", rng.u8(10..200)),
        "BLOB" => format!("length({{{id}}}) < {}", rng.u8(10..60)),
        _ => format!("{{{id}}} IN ('a', 'b', 'it''s', '', 'c{}')", rng.u8(0..9)),
    }
}

pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
