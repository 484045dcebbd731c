//! The tables and queries that are written for each library.

use std::fmt::Write;

/// The type of a column. In addition to its columns, each table has a key `id` of type `i64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    OptionalText,
    Float,
    Bool,
    Int,
    Long,
}

impl Type {
    /// Returns the Rust type in a struct.
    pub(crate) fn rust(self) -> &'static str {
        match self {
            Type::Text => "String",
            Type::OptionalText => "Option<String>",
            Type::Float => "f64",
            Type::Bool => "bool",
            Type::Int => "i32",
            Type::Long => "i64",
        }
    }

    /// Returns the Rust type of the argument of a function that compares with the column.
    fn argument(self) -> &'static str {
        match self {
            Type::Text | Type::OptionalText => "&str",
            other => other.rust(),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) of: Type,
}

const PARENT: Column = Column { name: "parent_id", of: Type::Long };

/// Columns that every table has.
const ALWAYS: [Column; 2] = [Column { name: "name", of: Type::Text }, Column { name: "score", of: Type::Float }];

/// Columns of which a table has none, some or all.
const SOMETIMES: [Column; 6] = [
    Column { name: "active", of: Type::Bool },
    Column { name: "note", of: Type::OptionalText },
    Column { name: "rank", of: Type::Long },
    Column { name: "level", of: Type::Int },
    Column { name: "title", of: Type::Text },
    Column { name: "weight", of: Type::Float },
];

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) number: usize,
    /// The number of the table to which the foreign key refers. The first table has no foreign
    /// key.
    pub(crate) parent: Option<usize>,
    /// All columns except the key. The first is the foreign key, if there is one.
    pub(crate) columns: Vec<Column>,
}

impl Table {
    /// Creates a table with 4 to 10 columns, including the key.
    fn new(number: usize) -> Table {
        let parent = number.checked_sub(1).map(|before| before / 2);
        let some = SOMETIMES.into_iter().cycle().skip(number).take((3 * number + 2) % (SOMETIMES.len() + 1));
        let columns = parent.map(|_| PARENT).into_iter().chain(ALWAYS).chain(some).collect();
        Table { number, parent, columns }
    }

    /// Returns the name of the struct: `Item7`.
    pub(crate) fn upper(&self) -> String {
        format!("Item{}", self.number)
    }

    /// Returns the name in the database: `item7`.
    pub(crate) fn lower(&self) -> String {
        format!("item{}", self.number)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One row or none, found by its key.
    ByKey,
    /// The rows for which one condition holds.
    Filter1,
    Filter2,
    Filter3,
    /// Rows with a condition, an order by two columns, and a limit.
    Ordered,
    /// The number of rows for which a condition holds.
    Count,
    /// A sum and a mean of the rows for which a condition holds.
    Totals,
    /// A number of rows and a mean for each name.
    Groups,
    /// The rows of a table joined with the table that its foreign key refers to, with a condition
    /// on each.
    Join,
    /// One column of each of two joined tables.
    JoinPairs,
    /// Inserts a row.
    Insert,
    /// Inserts one row for each name in a list. The other columns have the same values in all
    /// rows.
    InsertMany,
    /// Updates two columns of the rows for which a condition holds.
    Update,
    /// Reads one row, changes it, and writes it back.
    UpdateRow,
    /// Deletes the rows for which two conditions hold.
    Delete,
    /// Whether there is a row for which a condition holds.
    Exists,
    /// Rows with three conditions, each of which is optional at run time.
    Optional,
    /// A page of rows by limit and offset, in the order of the key.
    Page,
    /// The key and the name of the rows for which a condition holds.
    Pairs,
    /// The rows whose keys are in a list.
    Keys,
}

impl Kind {
    pub(crate) const ALL: [Kind; 20] = [
        Kind::ByKey,
        Kind::Filter1,
        Kind::Filter2,
        Kind::Filter3,
        Kind::Ordered,
        Kind::Count,
        Kind::Totals,
        Kind::Groups,
        Kind::Join,
        Kind::JoinPairs,
        Kind::Insert,
        Kind::InsertMany,
        Kind::Update,
        Kind::UpdateRow,
        Kind::Delete,
        Kind::Exists,
        Kind::Optional,
        Kind::Page,
        Kind::Pairs,
        Kind::Keys,
    ];

    pub(crate) fn id(self) -> &'static str {
        match self {
            Kind::ByKey => "by_key",
            Kind::Filter1 => "filter1",
            Kind::Filter2 => "filter2",
            Kind::Filter3 => "filter3",
            Kind::Ordered => "ordered",
            Kind::Count => "count",
            Kind::Totals => "totals",
            Kind::Groups => "groups",
            Kind::Join => "join",
            Kind::JoinPairs => "join_pairs",
            Kind::Insert => "insert",
            Kind::InsertMany => "insert_many",
            Kind::Update => "update",
            Kind::UpdateRow => "update_row",
            Kind::Delete => "delete",
            Kind::Exists => "exists",
            Kind::Optional => "optional",
            Kind::Page => "page",
            Kind::Pairs => "pairs",
            Kind::Keys => "keys",
        }
    }

    pub(crate) fn from_id(id: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.id() == id)
    }

    fn conditions(self) -> usize {
        match self {
            Kind::Filter3 | Kind::Optional => 3,
            Kind::Filter2 | Kind::Delete => 2,
            Kind::Filter1
            | Kind::Ordered
            | Kind::Count
            | Kind::Totals
            | Kind::Join
            | Kind::Update
            | Kind::Exists
            | Kind::Pairs => 1,
            _ => 0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Equal,
    Greater,
    Less,
    StartsWith,
    Missing,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Condition {
    pub(crate) column: Column,
    pub(crate) test: Test,
}

#[derive(Debug)]
pub(crate) struct Query<'a> {
    pub(crate) number: usize,
    pub(crate) kind: Kind,
    pub(crate) table: &'a Table,
    /// The other table of a join.
    pub(crate) parent: &'a Table,
    pub(crate) conditions: Vec<Condition>,
    /// The limit of an `Ordered` query. In the first such query, it differs between revisions.
    pub(crate) limit: usize,
}

impl<'a> Query<'a> {
    fn new(number: usize, kind: Kind, tables: &'a [Table]) -> Query<'a> {
        let own = &tables[number / PER_TABLE];
        // The first table has no foreign key by which it could be joined.
        let (table, parent) = match own.parent {
            Some(parent) => (own, &tables[parent]),
            None if matches!(kind, Kind::Join | Kind::JoinPairs) => (&tables[1], &tables[0]),
            None => (own, own),
        };
        let columns = table.columns.iter().cycle().skip(number % table.columns.len()).take(kind.conditions());
        let conditions = columns.map(|&column| {
            let test = match column.of {
                Type::Text if number.is_multiple_of(2) => Test::StartsWith,
                Type::OptionalText if number.is_multiple_of(2) && kind != Kind::Optional => Test::Missing,
                Type::Text | Type::OptionalText | Type::Bool => Test::Equal,
                Type::Float => Test::Less,
                Type::Int | Type::Long => Test::Greater,
            };
            Condition { column, test }
        });
        Query { number, kind, table, parent, conditions: conditions.collect(), limit: 10 }
    }

    /// Returns the name of the function: `filter2_17`.
    pub(crate) fn name(&self) -> String {
        format!("{}_{}", self.kind.id(), self.number)
    }

    /// Returns the arguments of the function after the database: `, name: &str, score: f64`.
    pub(crate) fn arguments(&self) -> String {
        let mut all = String::new();
        let mut add = |name: &str, of: &str| write!(all, ", {name}: {of}").expect("writing to a string does not fail");
        for Condition { column, test } in &self.conditions {
            match (self.kind, test) {
                (_, Test::Missing) => {}
                (Kind::Optional, _) => add(column.name, &format!("Option<{}>", column.of.argument())),
                _ => add(column.name, column.of.argument()),
            }
        }
        match self.kind {
            Kind::ByKey => add("id", "i64"),
            Kind::Join => add("parent_name", "&str"),
            Kind::Insert => self.table.columns.iter().for_each(|column| add(column.name, column.of.rust())),
            Kind::InsertMany => {
                for column in &self.table.columns {
                    match column.name {
                        "name" => add("names", "Vec<String>"),
                        name => add(name, column.of.rust()),
                    }
                }
            }
            Kind::Update => {
                add("new_name", "&str");
                add("new_score", "f64");
            }
            Kind::UpdateRow => {
                add("id", "i64");
                add("name", "&str");
            }
            Kind::Page => {
                add("limit", "u32");
                add("offset", "u32");
            }
            Kind::Keys => add("ids", "Vec<i64>"),
            _ => {}
        }
        all
    }

    /// Returns the fields of a row that `Insert` or `InsertMany` inserts, each with the expression
    /// of its value. In `InsertMany`, values that are not `Copy` are cloned, except for the name,
    /// which is an argument of the closure.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.table.columns.iter().map(|column| {
            let again = self.kind == Kind::InsertMany && column.name != "name";
            match column.of {
                Type::Text | Type::OptionalText if again => (column.name, format!("{}.clone()", column.name)),
                _ => (column.name, column.name.to_owned()),
            }
        })
    }

    /// Returns the fields of a row as they are written in a struct literal.
    pub(crate) fn literal(&self) -> String {
        let field = |(name, value)| if name == value { value } else { format!("{name}: {value}") };
        self.fields().map(field).collect::<Vec<_>>().join(", ")
    }
}

/// The number of queries for each table.
const PER_TABLE: usize = 10;
/// The number of tables for each module.
const PER_MODULE: usize = 10;

pub(crate) fn tables(count: usize) -> Vec<Table> {
    (0..count).map(Table::new).collect()
}

/// Returns the queries of each module. The first `Ordered` query has a different limit in each
/// revision.
pub(crate) fn modules<'a>(tables: &'a [Table], kinds: &[Kind], revision: usize) -> Vec<Vec<Query<'a>>> {
    if kinds.is_empty() {
        return vec![];
    }
    // The queries have the kinds in turn. After each turn the order is shifted by one, so that
    // tables with neighbouring numbers have queries of other kinds or in another order.
    let kind = |number| kinds[(number + number / kinds.len()) % kinds.len()];
    let mut queries: Vec<_> =
        (0..tables.len() * PER_TABLE).map(|number| Query::new(number, kind(number), tables)).collect();
    if let Some(ordered) = queries.iter_mut().find(|query| query.kind == Kind::Ordered) {
        ordered.limit += revision;
    }
    let mut modules = vec![];
    while !queries.is_empty() {
        let rest = queries.split_off(queries.len().min(PER_TABLE * PER_MODULE));
        modules.push(std::mem::replace(&mut queries, rest));
    }
    modules
}
