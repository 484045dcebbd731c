//! Random pairs of schemas on PostgreSQL, with rows in the first.

use std::collections::BTreeMap;

use aio_sql::{Connection, ErrorKind, Inspect, query};
use aio_sql_cli::error::Error;
use aio_sql_cli::plan::Question;
use fastrand::Rng;

use crate::migrated::random_value;
use crate::mutation::{Mutated, mutated};
use crate::pairs::{answer, hints};
use crate::random_schema::*;
use crate::server::{Server, plan_in, text};

#[tokio::test]
async fn the_steps_between_two_random_schemas_of_postgres_reach_the_second_and_keep_the_rows_that_fit() {
    let long = std::env::var("AIO_SQL_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases: u64 = long.unwrap_or(25);
    let seed = std::env::var("AIO_SQL_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows = 0;
    for case in 0..cases {
        let Some(server) = Server::new().await else { return };
        let seed = seed.unwrap_or(0) + case;
        let mut rng = Rng::with_seed(seed);
        let (before, after) = in_two_schemas(RandomSchema::new(&mut rng), &format!("app {seed}"), &mut rng);
        let after = with_conversions(&before, after);
        let (kept, changes) = check_pair(&server, &before, &after, seed, &mut rng).await;
        rows += kept;
        for kind in after.kinds.iter().map(|kind| (*kind).to_owned()).chain(changes) {
            *kinds.entry(kind).or_default() += 1;
        }
        server.script("DO $$ BEGIN EXECUTE 'DROP SCHEMA ' || current_schema() || ' CASCADE'; END $$").await;
        server.script(&format!("DROP SCHEMA IF EXISTS \"app {seed}\" CASCADE")).await;
        server.db.close().await.unwrap();
    }
    println!("{cases} pairs, {rows} rows kept");
    for (kind, count) in &kinds {
        println!("{count:6} {kind}");
    }
    if cases >= 2000 {
        let rare: Vec<_> = kinds.iter().filter(|(_, count)| **count < 20).collect();
        assert!(rare.is_empty(), "{rare:?}");
    }
    assert!(rows > cases as usize, "hardly any row was there");
}

/// Puts some of the tables into a schema of its own, and changes the schema of some of them.
fn in_two_schemas(mut before: RandomSchema, schema: &str, rng: &mut Rng) -> (RandomSchema, Mutated) {
    for table in &mut before.tables {
        table.schema = (rng.u8(0..3) == 0).then(|| schema.to_owned());
    }
    let mut after = mutated(&before, rng);
    for table in &mut after.schema.tables {
        let Some(old) = before.table(table.id) else {
            table.schema = (rng.u8(0..3) == 0).then(|| schema.to_owned());
            continue;
        };
        if rng.u8(0..8) == 0 {
            table.schema = if old.schema.is_none() { Some(schema.to_owned()) } else { None };
            after.kinds.push("another schema");
            if after.was.contains_key(&table.id) || rng.bool() {
                after.was.insert(table.id, old.full_name());
            }
        }
    }
    (before, after)
}

/// Returns the schemas that the tables name.
fn schemas(of: &RandomSchema) -> Vec<&str> {
    of.tables.iter().filter_map(|table| table.schema.as_deref()).take(1).collect()
}

/// Returns the name of a table in SQL, always with its schema.
fn qualified(table: &RandomTable, default: &str) -> String {
    format!("{}.{}", quoted(table.schema.as_deref().unwrap_or(default)), quoted(&table.name))
}

/// Functions by which the expressions of the random schemas have a meaning on PostgreSQL, whatever
/// the types of the columns are.
const FUNCTIONS: &str = "CREATE FUNCTION as_text(anyelement) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1::text; END $$;
CREATE FUNCTION typeof(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 'text'; END $$;
CREATE FUNCTION hex(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN encode(convert_to($1, 'UTF8'), 'hex'); END $$;
CREATE FUNCTION zeroblob(n integer) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN decode(repeat('00', n), 'hex'); END $$;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES ('changed'); RETURN NEW; END $$;
";

/// Returns the name that PostgreSQL has for a type of the random schemas.
fn type_name(ty: &str) -> &'static str {
    match ty {
        "INTEGER" => "bigint",
        "REAL" => "double precision",
        "BLOB" => "bytea",
        _ => "text",
    }
}

/// Returns an expression of the random schemas in PostgreSQL's syntax.
fn translated(expression: &str) -> String {
    let mut parts = expression.split("x'");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| format!("{text}'\\x{part}"))
}

/// Returns an expression in which each column is a text, so that it is valid whatever their types
/// are.
fn of_texts(table: &RandomTable, expression: &str) -> String {
    let mut filled = expression.replace("'is ' || length(", "'is ' || as_text(length(");
    if filled != expression {
        filled.push(')');
    }
    for column in &table.columns {
        let text = format!("(as_text({}) COLLATE \"C\")", quoted(&column.name));
        filled =
            filled.replace(&format!("{{{}}} IS NOT NULL", column.id), &format!("{} IS NOT NULL", quoted(&column.name)));
        filled = filled.replace(&format!("{{{}}}", column.id), &text);
    }
    filled
}

/// Returns the statements that create the tables, and those that add their foreign keys.
fn sql(schema: &RandomSchema) -> [String; 2] {
    let (mut tables, mut keys) = (String::new(), String::new());
    for name in schemas(schema) {
        tables += &format!("CREATE SCHEMA IF NOT EXISTS {};\n", quoted(name));
    }
    for table in &schema.tables {
        let name = table.sql_name();
        tables += &create_table(table, &name);
        tables += &table.indexes.iter().map(|index| create_index(table, index, &name)).collect::<String>();
        for key in &table.keys {
            let parent = schema.table(key.table).unwrap();
            let names = |table: &RandomTable, ids: &[Id]| {
                ids.iter().map(|id| quoted(&table.column(*id).name)).collect::<Vec<_>>().join(", ")
            };
            keys += &format!(
                "ALTER TABLE {} ADD CONSTRAINT \"fk_{}\" FOREIGN KEY ({}) REFERENCES {} ({}){};\n",
                name,
                key.columns[0],
                names(table, &key.columns),
                parent.sql_name(),
                names(parent, &key.targets),
                key.actions
            );
        }
    }
    [tables, keys]
}

/// `name` is the name of the table in SQL.
fn create_table(table: &RandomTable, name: &str) -> String {
    let mut lines = Vec::new();
    for column in &table.columns {
        let mut line = format!("{} {}", quoted(&column.name), type_name(column.ty));
        if column.ty == "TEXT" {
            line += if column.collation.is_some() { " COLLATE \"POSIX\"" } else { " COLLATE \"C\"" };
        }
        if is_numbered(table, column) {
            line += &format!(" CONSTRAINT \"pk_{}\" PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY", table.id);
        }
        line += if column.nullable { "" } else { " NOT NULL" };
        line.extend(column.default.iter().map(|default| format!(" DEFAULT {}", translated(default))));
        let generated = column.generated.iter();
        line.extend(generated.map(|(text, _)| format!(" GENERATED ALWAYS AS ({}) STORED", of_texts(table, text))));
        let check = column.check.iter();
        line.extend(check.map(|check| {
            format!(" CONSTRAINT \"ck_{}_{}\" CHECK ({})", table.id, column.id, translated(&table.filled(check)))
        }));
        lines.push(line);
    }
    let names = |ids: &[Id]| ids.iter().map(|id| quoted(&table.column(*id).name)).collect::<Vec<_>>().join(", ");
    if let Key::Columns(columns) = &table.key {
        lines.push(format!("CONSTRAINT \"pk_{}\" PRIMARY KEY ({})", table.id, names(columns)));
    }
    let uniques = table.uniques.iter();
    lines.extend(uniques.map(|ids| format!("CONSTRAINT \"uq_{}_{}\" UNIQUE ({})", table.id, ids[0], names(ids))));
    let checks = table.checks.iter();
    lines.extend(
        checks.map(|(id, check)| format!("CONSTRAINT \"ck_{}_{id}\" CHECK ({})", table.id, of_texts(table, check))),
    );
    format!("CREATE TABLE {name} (\n    {}\n);\n", lines.join(",\n    "))
}

fn create_index(table: &RandomTable, index: &RandomIndex, name: &str) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let mut parts: Vec<_> = index.columns.iter().map(|id| quoted(&table.column(*id).name)).collect();
    parts.extend(index.expression.iter().map(|expression| format!("({})", of_texts(table, expression))));
    let condition = index.condition.as_ref().map(|condition| format!(" WHERE {}", table.filled(condition)));
    let parts = parts.join(", ");
    format!("CREATE {unique}INDEX \"ix_{}\" ON {name} ({parts}){};\n", index.id, condition.unwrap_or_default())
}

fn is_numbered(table: &RandomTable, column: &RandomColumn) -> bool {
    matches!(table.key, Key::Rowid { .. }) && table.columns[0].id == column.id
}

/// Returns how the values of a column are converted to another type. `None` if the user has to say
/// it, because values may be lost.
fn lossless(name: &str, from: &str, to: &str) -> Option<String> {
    match (from, to) {
        _ if from == to => Some(quoted(name)),
        ("INTEGER" | "REAL", "TEXT") => Some(format!("{}::text", quoted(name))),
        ("TEXT", "BLOB") => Some(format!("convert_to({}, 'UTF8')", quoted(name))),
        _ => None,
    }
}

/// Adds the expressions by which a user converts values that might be lost otherwise.
fn with_conversions(before: &RandomSchema, mut after: Mutated) -> Mutated {
    for table in &after.schema.tables {
        let Some(old) = before.table(table.id) else { continue };
        for column in table.columns.iter().filter(|column| old.has(column.id) && column.generated.is_none()) {
            let from = old.column(column.id);
            if from.generated.is_none() && lossless(&column.name, from.ty, column.ty).is_none() {
                let text = format!("as_text({})", quoted(&column.name));
                let converted = match column.ty {
                    "INTEGER" => format!("length({text})"),
                    "REAL" => format!("length({text}) / 2.0"),
                    "BLOB" => format!("convert_to({text}, 'UTF8')"),
                    _ => text,
                };
                after.backfills.entry(column.id).or_insert(converted);
            }
        }
    }
    after.backfills.values_mut().for_each(|expression| *expression = translated(expression));
    after
}

/// A table that both schemas have, and the values of the columns of the second one.
struct Source<'a> {
    before: &'a RandomTable,
    after: &'a RandomTable,
    into: Vec<String>,
    from: Vec<String>,
}

impl<'a> Source<'a> {
    fn of(before: &'a RandomSchema, after: &'a Mutated) -> Vec<Source<'a>> {
        let kept = after.schema.tables.iter().filter_map(|table| Some((before.table(table.id)?, table)));
        let source = |(old, new): (&'a RandomTable, &'a RandomTable)| {
            let (mut into, mut from) = (Vec::new(), Vec::new());
            for column in new.columns.iter().filter(|column| column.generated.is_none()) {
                let backfill = after.backfills.get(&column.id);
                let value = match (old.has(column.id).then(|| old.column(column.id)), backfill) {
                    (Some(before), backfill) => {
                        let name = quoted(&before.name);
                        // An expression names the column as it is called after the renames.
                        let own = |expression: &String| expression.replace(&quoted(&column.name), &name);
                        let converted = lossless(&before.name, before.ty, column.ty);
                        let converted = converted.unwrap_or_else(|| own(backfill.unwrap()));
                        match backfill {
                            Some(backfill) if before.nullable && !column.nullable => {
                                format!("coalesce({converted}, {})", own(backfill))
                            }
                            _ => converted,
                        }
                    }
                    (None, Some(backfill)) => backfill.clone(),
                    (None, None) => continue,
                };
                into.push(quoted(&column.name));
                from.push(value);
            }
            Source { before: old, after: new, into, from }
        };
        kept.map(source).collect()
    }

    /// Returns the rows of the table of the second schema, sorted. The numbers that the database
    /// has given to rows without one are left out, and so is what is generated of them: which row
    /// gets which number is the database's choice.
    async fn contents(&self, connection: &Connection, name: &str) -> Vec<String> {
        let is_new_number = |column: &RandomColumn| is_numbered(self.after, column) && !self.before.has(column.id);
        let new: Vec<_> = self.after.columns.iter().filter(|column| is_new_number(column)).collect();
        let is_certain = |column: &&RandomColumn| {
            let reads = |text: &str| new.iter().any(|new| text.contains(&format!("{{{}}}", new.id)));
            !is_new_number(column) && !column.generated.as_ref().is_some_and(|(text, _)| reads(text))
        };
        let columns = self.after.columns.iter().filter(is_certain);
        let columns: Vec<_> = columns.map(|column| quoted(&column.name)).collect();
        let text = format!("select row({})::text collate \"C\" from {name} order by 1", columns.join(", "));
        query(text.clone()).all(connection).await.unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

async fn check_pair(
    server: &Server,
    before: &RandomSchema,
    after: &Mutated,
    seed: u64,
    rng: &mut Rng,
) -> (usize, Vec<String>) {
    let [tables, keys] = sql(before);
    let foreign = foreign(before, after, rng);
    let first = format!("{FUNCTIONS}{tables}{keys}{}", foreign.as_ref().map_or("", |(script, _)| script));
    let wanted = sql(&after.schema);
    let told = format!("seed {seed}: {:?}\n{tables}{keys}\n-- wanted\n{}{}", after.kinds, wanted[0], wanted[1]);
    server.db.execute_script(first.as_str()).await.unwrap_or_else(|error| panic!("{error}\n{told}"));
    let connection = server.db.connect().await.unwrap();
    insert_rows(&connection, before, rng).await;
    let sources = Source::of(before, after);
    keep_what_fits(&connection, before, &after.schema, &sources, &told).await;
    let mut expected = Vec::new();
    for source in &sources {
        expected.push(source.contents(&connection, &temporary(source.after)).await);
    }
    connection.close().await.unwrap();

    let replay = server.replay(&first).await.unwrap_or_else(|error| panic!("{error}\n{told}"));
    let mut asked = |question: &Question| Ok::<_, Error>(answer(question, before, after));
    let names = ["log", "foreign_ix"];
    let plan =
        plan_in(&replay, [&wanted[0], &wanted[1]], &schemas(&after.schema), &hints(after), &names, &mut asked).await;
    let declared = |text: &String| {
        vec![aio_sql_cli::replay::Script { name: String::new(), origin: String::new(), text: text.clone() }]
    };
    let goal = replay.declared(declared(&wanted[0]), declared(&wanted[1]), &schemas(&after.schema)).await;
    replay.close().await.unwrap();
    let plan = plan.unwrap_or_else(|error| panic!("{error}\n{}\n{told}", error.help_lines().join("\n")));
    let told = format!("{told}\n-- plan\n{}", text(&plan));
    server.run(&plan).await.unwrap_or_else(|error| panic!("{error}\n{told}"));

    // The database has the wanted schema.
    let named = schemas(&after.schema).into_iter().fold(Inspect::new(), |what, name| what.schema(name));
    let reached = server.db.inspect_with(named).await.unwrap();
    for difference in goal.unwrap().differences(&reached).unwrap() {
        let text = difference.to_string();
        let is_foreign = ["`log`", "`foreign_"].iter().any(|name| text.contains(name));
        assert!(is_foreign, "{}: {text}\n{told}", difference.table());
    }
    let all_checked = |table: &aio_sql::inspect::Table| {
        table.checks().iter().all(|check| check.is_validated())
            && table.foreign_keys().iter().all(|key| key.is_validated())
    };
    assert!(reached.tables().iter().all(all_checked), "{told}");
    // The rows that fit are there.
    let connection = server.db.connect().await.unwrap();
    let mut rows = 0;
    for (source, expected) in sources.iter().zip(expected) {
        let is = source.contents(&connection, &source.after.sql_name()).await;
        assert_eq!(is, expected, "the rows of {}\n{told}", source.after.name);
        rows += is.len();
    }
    // The index, the trigger and the view that do not belong to the structs are there, and work.
    if let Some((_, table)) = foreign {
        let name = after.schema.table(table).unwrap().sql_name().replace('\'', "''");
        let there = format!(
            "select concat((select count(*) from pg_index join pg_class on oid = indexrelid where indrelid = '{name}'::regclass and relname = 'foreign_ix'),
                (select count(*) from pg_trigger where tgrelid = '{name}'::regclass and tgname = 'foreign_tr'), (select count(*) * 0 from foreign_view))"
        );
        assert_eq!(server.texts(&there).await, "110", "{told}");
    }
    connection.close().await.unwrap();
    (rows, plan.changes.iter().map(|change| format!("({})", change.kind())).collect())
}

/// Returns a script that creates an index, a trigger and a view that do not belong to the structs,
/// on columns that stay; and the table.
fn foreign(before: &RandomSchema, after: &Mutated, rng: &mut Rng) -> Option<(String, Id)> {
    let kept: Vec<&RandomTable> = before.tables.iter().filter(|table| after.schema.table(table.id).is_some()).collect();
    let table = *rng.choice(&kept)?;
    let new = after.schema.table(table.id)?;
    let stays = |column: &&RandomColumn| new.has(column.id) && column.generated.is_none();
    let columns: Vec<_> = table.columns.iter().filter(stays).collect();
    let (column, name) = (quoted(&rng.choice(&columns)?.name), table.sql_name());
    let script = format!(
        "CREATE TABLE log (text text);
         CREATE INDEX foreign_ix ON {name} ({column} DESC, (length(as_text({column})))) WHERE {column} IS NOT NULL;
         CREATE TRIGGER foreign_tr AFTER UPDATE OF {column} ON {name} FOR EACH ROW EXECUTE FUNCTION note();
         CREATE VIEW foreign_view AS SELECT {column}, 1 AS one FROM {name} AS t WHERE t.{column} IS NOT NULL;"
    );
    rng.bool().then_some((script, table.id))
}

/// Inserts random rows that keep the constraints.
async fn insert_rows(connection: &Connection, schema: &RandomSchema, rng: &mut Rng) {
    for _ in 0..2 {
        for table in &schema.tables {
            for _ in 0..6 {
                insert(connection, &insert_text(schema, table, rng)).await;
            }
        }
    }
}

/// Runs an INSERT. Returns whether the row keeps the constraints.
async fn insert(connection: &Connection, text: &str) -> bool {
    match query(text.to_owned()).execute(connection).await {
        Ok(outcome) => outcome.rows_affected > 0,
        Err(error) => {
            let is_constraint = matches!(
                error.kind(),
                ErrorKind::Unique { .. }
                    | ErrorKind::Check { .. }
                    | ErrorKind::NotNull { .. }
                    | ErrorKind::ForeignKey { .. }
            );
            assert!(is_constraint, "{error}: {text}");
            false
        }
    }
}

fn insert_text(schema: &RandomSchema, table: &RandomTable, rng: &mut Rng) -> String {
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for column in &table.columns {
        let may_be_left_out = is_numbered(table, column) || column.default.is_some();
        if column.generated.is_some() || may_be_left_out && rng.bool() {
            continue;
        }
        let key = table.keys.iter().find(|key| key.columns.contains(&column.id));
        let value = match key {
            _ if column.nullable && rng.u8(0..4) == 0 => "NULL".to_owned(),
            Some(key) => {
                let parent = schema.table(key.table).unwrap();
                let place = key.columns.iter().position(|id| *id == column.id).unwrap();
                let target = quoted(&parent.column(key.targets[place]).name);
                format!("(SELECT {target} FROM {} LIMIT 1 OFFSET {})", parent.sql_name(), rng.u8(0..3))
            }
            None => translated(&random_value(column, rng)),
        };
        columns.push(quoted(&column.name));
        values.push(value);
    }
    let name = table.sql_name();
    match columns.is_empty() {
        true => format!("INSERT INTO {name} DEFAULT VALUES"),
        false => format!("INSERT INTO {name} ({}) VALUES ({})", columns.join(", "), values.join(", ")),
    }
}

/// Fills temporary tables, which have the second schema without its foreign keys, with those rows
/// of the first schema that the second can hold. Deletes the others from the first.
async fn keep_what_fits(
    connection: &Connection,
    before: &RandomSchema,
    wanted: &RandomSchema,
    sources: &[Source<'_>],
    told: &str,
) {
    let run = async |text: String| {
        let outcome = connection.execute_script(text.as_str()).await;
        outcome.unwrap_or_else(|error| panic!("{error}\n{text}\n{told}"));
    };
    let schema: String = query("select current_schema()::text").scalar(connection).await.unwrap();
    // Rows are deleted without regard to foreign keys, whose violations are looked for afterwards.
    run("SET session_replication_role = replica".to_owned()).await;
    loop {
        run("DISCARD TEMP".to_owned()).await;
        for table in &wanted.tables {
            let name = temporary(table);
            run(create_table(table, &name)).await;
            run(format!("ALTER TABLE {name} ADD COLUMN source tid")).await;
            run(table.indexes.iter().map(|index| create_index(table, index, &name)).collect()).await;
        }
        let mut deleted = 0;
        for source in sources {
            let from = qualified(source.before, &schema);
            let order = source.before.columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ");
            let places: Vec<String> =
                query(format!("select ctid::text from {from} order by {order}, ctid")).all(connection).await.unwrap();
            let (into, values): (String, String) = (
                source.into.iter().map(|column| format!("{column}, ")).collect(),
                source.from.iter().map(|value| format!("{value}, ")).collect(),
            );
            let name = temporary(source.after);
            for place in places {
                let text =
                    format!("INSERT INTO {name} ({into}source) SELECT {values}ctid FROM {from} WHERE ctid = '{place}'");
                if !insert(connection, &text).await {
                    run(format!("DELETE FROM {from} WHERE ctid = '{place}'")).await;
                    deleted += 1;
                }
            }
        }
        for source in sources {
            let child = temporary(source.after);
            for (parent, condition) in orphans(wanted, source.after) {
                let orphan = format!(
                    "EXISTS (SELECT 1 FROM {child} c WHERE c.source = o.ctid AND {})",
                    condition(&temporary(parent))
                );
                let text = format!("DELETE FROM {} o WHERE {orphan}", qualified(source.before, &schema));
                deleted += delete(connection, &text).await;
            }
        }
        for table in &before.tables {
            let child = qualified(table, &schema);
            for (parent, condition) in orphans(before, table) {
                let text = format!("DELETE FROM {child} c WHERE {}", condition(&qualified(parent, &schema)));
                deleted += delete(connection, &text).await;
            }
        }
        if deleted == 0 {
            return;
        }
    }
}

/// Returns the name of the temporary table that takes the place of a table.
fn temporary(table: &RandomTable) -> String {
    format!("pg_temp.{}", quoted(&table.name))
}

/// Runs a DELETE. Returns the number of rows.
async fn delete(connection: &Connection, text: &str) -> u64 {
    let outcome = query(text.to_owned()).execute(connection).await;
    outcome.unwrap_or_else(|error| panic!("{error}\n{text}")).rows_affected
}

/// Returns, for each foreign key of a table, the parent and a function that writes the condition
/// for a row `c` whose key has no row in the parent of a name.
fn orphans<'a>(
    schema: &'a RandomSchema,
    table: &'a RandomTable,
) -> impl Iterator<Item = (&'a RandomTable, impl Fn(&str) -> String + 'a)> + 'a {
    table.keys.iter().map(move |key| {
        let parent = schema.table(key.table).unwrap();
        let condition = move |of: &str| {
            let pairs = key.columns.iter().zip(&key.targets);
            let pairs = pairs
                .map(|(column, target)| (quoted(&table.column(*column).name), quoted(&parent.column(*target).name)));
            let (mut given, mut equal) = (Vec::new(), Vec::new());
            for (column, target) in pairs {
                given.push(format!("c.{column} IS NOT NULL"));
                equal.push(format!("p.{target} = c.{column}"));
            }
            format!("{} AND NOT EXISTS (SELECT 1 FROM {of} p WHERE {})", given.join(" AND "), equal.join(" AND "))
        };
        (parent, condition)
    })
}
