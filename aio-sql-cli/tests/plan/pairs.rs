//! Random pairs of schemas, with rows in the first.

use std::collections::BTreeMap;

use aio_sql::rusqlite::Connection;
use aio_sql_cli::error::Error;
use aio_sql_cli::plan::{Hints, Question};
use fastrand::Rng;

use crate::migrated::{Source, contents, insert_rows, keep_what_fits};
use crate::mutation::{Mutated, mutated};
use crate::random_schema::*;
use crate::{planned, run_by_migrate, schema_of};

/// Objects that do not belong to the structs, on a table that both schemas have.
struct Foreign {
    script: String,
    table: Id,
}

#[tokio::test]
async fn the_steps_between_two_random_schemas_reach_the_second_and_keep_the_rows_that_fit() {
    let long = std::env::var("AIO_SQL_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases: u64 = long.unwrap_or(60);
    let seed = std::env::var("AIO_SQL_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let (mut rows, mut with_rebuild) = (0, 0);
    for case in 0..cases {
        let seed = seed.unwrap_or(0) + case;
        let mut rng = Rng::with_seed(seed);
        let before = RandomSchema::new(&mut rng);
        let after = mutated(&before, &mut rng);
        let outcome = check_pair(&before, &after, seed, &mut rng).await;
        rows += outcome.rows;
        with_rebuild += usize::from(outcome.has_rebuild);
        for kind in after.kinds.iter().map(|kind| (*kind).to_owned()).chain(outcome.kinds) {
            *kinds.entry(kind).or_default() += 1;
        }
    }
    println!("{cases} pairs, {rows} rows kept, {with_rebuild} with a rebuild");
    for (kind, count) in &kinds {
        println!("{count:6} {kind}");
    }
    if cases >= 2000 {
        let rare: Vec<_> = kinds.iter().filter(|(_, count)| **count < 50).collect();
        assert!(rare.is_empty(), "{rare:?}");
    }
    assert!(rows > cases as usize, "hardly any row was there");
    assert!(with_rebuild > 0 && with_rebuild < cases as usize);
}

struct Outcome {
    rows: usize,
    has_rebuild: bool,
    kinds: Vec<String>,
}

async fn check_pair(before: &RandomSchema, after: &Mutated, seed: u64, rng: &mut Rng) -> Outcome {
    let foreign = foreign(before, after, rng);
    let first = before.sql() + foreign.as_ref().map_or("", |foreign| &foreign.script);
    let told = format!("seed {seed}: {:?}\n{first}\n-- wanted\n{}", after.kinds, after.schema.sql());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let source = Connection::open(&path).unwrap();
    source
        .execute_batch(&format!("PRAGMA synchronous = OFF; {first}"))
        .unwrap_or_else(|error| panic!("{error}\n{told}"));
    insert_rows(&source, before, rng);
    let wanted = Connection::open_in_memory().unwrap();
    let sources: Vec<Source<'_>> = Source::of(before, after);
    keep_what_fits(&source, &wanted, before, after, &sources).unwrap_or_else(|error| panic!("{error}\n{told}"));

    let hints = hints(after);
    let mut answer = |question: &Question| Ok::<_, Error>(answer(question, before, after));
    let names = ["log", "foreign_ix"];
    let plan = planned(&first, &after.schema.sql(), &hints, &names, &mut answer).await;
    let plan = plan.unwrap_or_else(|error| panic!("{error}\n{told}"));
    let text: String = plan.steps.iter().map(|step| format!("-- step\n{}", step.text())).collect();
    let told = format!("{told}\n-- plan\n{text}");
    let counters = counters(&source);
    drop(source);
    run_by_migrate(&path, &plan).await.unwrap_or_else(|error| panic!("{error}\n{told}"));
    let source = Connection::open(&path).unwrap();

    // The database has the wanted schema.
    let reached = schema_of(&script(&source)).await;
    let expected = schema_of(&after.schema.sql()).await;
    for difference in expected.differences(&reached).unwrap() {
        let text = difference.to_string();
        let is_foreign = ["`log`", "`foreign_", "LOG"].iter().any(|name| text.contains(name));
        assert!(is_foreign, "{}: {text}\n{told}", difference.table());
    }
    // The rows that fit are there.
    for own in &sources {
        let (is, should) = (contents(&source, own), contents(&wanted, own));
        assert_eq!(is, should, "the rows of {}\n{told}", own.after.name);
    }
    let intact: String = source.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(intact, "ok", "{told}");
    // AUTOINCREMENT continues after the numbers that it has used.
    for own in &sources {
        let counts = |table: &RandomTable| table.key == Key::Rowid { autoincrement: true };
        if counts(own.before) && counts(own.after) {
            let now = self::counters(&source);
            assert_eq!(now.get(&own.after.name), counters.get(&own.before.name), "{}\n{told}", own.after.name);
        }
    }
    // The index, the trigger and the view that do not belong to the structs are there, and work.
    if let Some(foreign) = foreign {
        let table = &after.schema.table(foreign.table).unwrap().name;
        let find = "SELECT count(*) FROM sqlite_schema WHERE name = ?1 AND (tbl_name = ?2 OR type = 'view')";
        for name in ["foreign_ix", "foreign_tr", "foreign_view"] {
            let count: i64 = source.query_row(find, (name, table), |row| row.get(0)).unwrap();
            assert_eq!(count, 1, "{name}\n{told}");
        }
        source.prepare("SELECT * FROM foreign_view").unwrap_or_else(|error| panic!("{error}\n{told}"));
        let mut events = source.prepare(&format!("EXPLAIN DELETE FROM {}", quoted(table))).unwrap();
        assert!(events.raw_query().next().unwrap().is_some());
    }
    let rows = sources.iter().map(|own| contents(&source, own).len()).sum();
    let has_rebuild = plan.steps.iter().any(|step| !step.rebuilds.is_empty());
    Outcome { rows, has_rebuild, kinds: plan.changes.iter().map(|change| format!("({})", change.kind())).collect() }
}

pub(crate) fn hints(after: &Mutated) -> Hints {
    let mut hints = Hints::default();
    for table in &after.schema.tables {
        let of_table = hints.table_mut(&table.full_name());
        of_table.was = after.was.get(&table.id).cloned();
        for column in &table.columns {
            let of_column = of_table.column_mut(&column.name);
            of_column.was = after.was.get(&column.id).cloned();
            of_column.backfill = after.backfills.get(&column.id).cloned();
        }
    }
    hints
}

/// Answers a question as a user would who knows what was renamed.
pub(crate) fn answer(question: &Question, before: &RandomSchema, after: &Mutated) -> Option<usize> {
    let earlier = match &question.table {
        None => {
            let id = after.schema.tables.iter().find(|table| table.full_name() == question.new).unwrap().id;
            before.table(id)?.full_name()
        }
        Some(table) => {
            let table = after.schema.tables.iter().find(|other| other.full_name() == *table).unwrap();
            let id = table.columns.iter().find(|column| column.name == question.new).unwrap().id;
            let old = before.table(table.id)?;
            old.has(id).then(|| old.column(id).name.clone())?
        }
    };
    question.gone.iter().position(|gone| *gone == earlier)
}

/// Returns a script that creates an index, a trigger and a view that do not belong to the structs,
/// on columns that stay.
fn foreign(before: &RandomSchema, after: &Mutated, rng: &mut Rng) -> Option<Foreign> {
    let kept: Vec<&RandomTable> = before.tables.iter().filter(|table| after.schema.table(table.id).is_some()).collect();
    let table = *rng.choice(&kept)?;
    let new = after.schema.table(table.id)?;
    // SQLite cannot rename the key of some tables WITHOUT ROWID, and then neither in a trigger.
    let may_stay = |column: &&RandomColumn| match &table.key {
        Key::Columns(key) => !table.without_rowid || !key.contains(&column.id),
        _ => true,
    };
    let columns: Vec<_> = table
        .columns
        .iter()
        .filter(|column| new.has(column.id) && column.generated.is_none())
        .filter(may_stay)
        .collect();
    let column = quoted(&rng.choice(&columns)?.name);
    let name = quoted(&table.name);
    let script = format!(
        "CREATE TABLE log (text TEXT);
         CREATE INDEX foreign_ix ON {name} ({column} DESC, length({column})) WHERE {column} IS NOT NULL;
         CREATE TRIGGER foreign_tr AFTER UPDATE OF {column} ON {name} BEGIN INSERT INTO log VALUES (new.{column}); END;
         CREATE VIEW foreign_view AS SELECT {column}, 1 AS one FROM {name} AS t WHERE t.{column} IS NOT NULL;"
    );
    rng.bool().then_some(Foreign { script, table: table.id })
}

/// Returns the statements of the schema of a database.
fn script(connection: &Connection) -> String {
    let mut statement = connection
        .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_aio_sql_%' ORDER BY type = 'table' DESC, rowid")
        .unwrap();
    let texts = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    texts.map(|text| text.unwrap() + ";\n").collect()
}

fn counters(connection: &Connection) -> BTreeMap<String, i64> {
    let Ok(mut statement) = connection.prepare("SELECT name, seq FROM sqlite_sequence") else { return BTreeMap::new() };
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}
