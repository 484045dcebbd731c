//! Random changes of the schema between random statements on two databases, compared with rusqlite
//! on a copy of each.
//!
//! `AIO_SQL_CASES=100000 cargo test --release --all-features --test sqlite changing_schemas` sets
//! the number of cases; the default is 96.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use aio_sql::{
    Batch, Connection, Database, Durability, Error, ErrorKind, Executor, Record, Result, Row, Sql, Value, query,
    rusqlite,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::shim;

/// The column names of a result, and its rows.
#[derive(Debug, PartialEq)]
struct Answer {
    names: Vec<String>,
    rows: Vec<Vec<Value>>,
}

#[derive(Clone, Debug)]
enum Step {
    Change {
        database: usize,
        by: By,
        change: Change,
    },
    Run {
        database: usize,
        on: On,
        statement: Statement,
        verb: Verb,
    },
    /// Statements in one transaction.
    Transaction {
        database: usize,
        on: On,
        statements: Vec<(Statement, Verb)>,
        commits: bool,
    },
}

/// The connection on which the schema is changed.
#[derive(Clone, Copy, Debug)]
enum By {
    /// The database or the connection of the library whose statements are compared.
    Same(On),
    /// A connection of rusqlite to the same file.
    Another,
    AnotherProcess,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum On {
    Database,
    Connection,
}

#[derive(Clone, Debug)]
enum Change {
    Add { column: &'static str, default: &'static str },
    Drop { column: &'static str },
    Rename { from: &'static str, to: &'static str },
    Swap { one: &'static str, other: &'static str },
    MakeTable { columns: Vec<&'static str> },
    MakeView { columns: &'static str },
}

#[derive(Clone, Copy, Debug)]
enum Statement {
    Table,
    View,
    Both,
    /// Fails at the row with this number, after returning the rows before it.
    FailsAt(i64),
    Insert(i64),
    Update,
    Delete(i64),
    Upsert(i64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Verb {
    All,
    One,
    Optional,
    Scalar,
    /// A stream that is dropped after this many rows.
    Stream(usize),
    Record,
    Nested,
    Batch,
}

const COLUMNS: [&str; 4] = ["a", "b", "c", "d"];

#[derive(Record)]
struct Named {
    b: Option<String>,
    id: i64,
}

#[derive(Record)]
struct Key {
    id: i64,
    a: Option<String>,
}

#[derive(Record)]
struct Rest {
    c: Option<String>,
}

#[derive(Record)]
struct Nested {
    #[record(nested)]
    key: Key,
    #[record(nested)]
    rest: Rest,
}

impl Change {
    fn text(&self) -> String {
        match self {
            // With values of this length, the rows of a result are sent to the task in several
            // parts.
            Change::Add { column, default: "long" } => {
                let long = column.repeat(3000);
                format!("alter table t add column {column} default '{long}'")
            }
            Change::Add { column, default } => format!("alter table t add column {column} default {default}"),
            Change::Drop { column } => format!("alter table t drop column {column}"),
            Change::Rename { from, to } => format!("alter table t rename column {from} to {to}"),
            Change::Swap { one, other } => format!(
                "begin; alter table t rename column {one} to other; alter table t rename column {other} to {one}; \
                 alter table t rename column other to {other}; commit"
            ),
            Change::MakeTable { columns } => {
                let columns: String = columns.iter().map(|name| format!(", {name} default '{name}'")).collect();
                format!(
                    "begin; drop view if exists v; drop table if exists t; \
                     create table t (id integer primary key{columns}); create view v as select * from t; \
                     with n (i) as (values (1), (2), (3), (4), (5), (6)) insert into t (id) select i from n; commit"
                )
            }
            Change::MakeView { columns } => {
                format!("begin; drop view if exists v; create view v as select {columns} from t; commit")
            }
        }
    }
}

impl Statement {
    fn text(self) -> String {
        match self {
            Statement::Table => "select * from t order by id".to_owned(),
            Statement::View => "select * from v".to_owned(),
            Statement::Both => "select t.*, 7 as seven, v.* from t, v limit 5".to_owned(),
            Statement::FailsAt(id) => {
                format!("select *, case id when {id} then abs(-9223372036854775807 - 1) end from t order by id")
            }
            Statement::Insert(id) => format!("insert into t (id) values ({id}) returning *"),
            Statement::Update => "update t set id = id where id < 4 returning *".to_owned(),
            Statement::Delete(id) => format!("delete from t where id = {id} returning *"),
            Statement::Upsert(id) => {
                format!("insert into t (id) values ({id}) on conflict (id) do update set id = excluded.id returning *")
            }
        }
    }

    fn writes(self) -> bool {
        matches!(self, Statement::Insert(_) | Statement::Update | Statement::Delete(_) | Statement::Upsert(_))
    }
}

/// A database, and a copy of it on which rusqlite runs the same statements.
struct Pair {
    path: PathBuf,
    database: Database,
    connection: Connection,
    copy: rusqlite::Connection,
}

impl Pair {
    async fn open(directory: &Path, name: &str) -> Result<Pair> {
        let path = directory.join(name);
        let builder = Database::builder(path.to_str().unwrap()).readers(1).durability(Durability::Off);
        let database = builder.open().await?;
        let connection = database.connect().await?;
        let copy = rusqlite::Connection::open(directory.join(format!("copy of {name}"))).unwrap();
        copy.execute_batch("pragma synchronous = off; pragma journal_mode = memory").unwrap();
        Ok(Pair { path, database, connection, copy })
    }

    fn on(&self, on: On) -> &Executor {
        match on {
            On::Database => &self.database,
            On::Connection => &self.connection,
        }
    }

    async fn close(self) -> Result<()> {
        drop(self.connection);
        self.database.close().await
    }

    async fn change(&self, by: By, change: &Change) -> std::result::Result<(), String> {
        let text = change.text();
        if self.copy.execute_batch(&text).is_err() {
            // A change that fails on the copy is not made on the database either.
            if !self.copy.is_autocommit() {
                self.copy.execute_batch("rollback").unwrap();
            }
            return Ok(());
        }
        match by {
            By::Same(on) => {
                // A connection loads a changed schema when it runs a statement, not when it
                // prepares one. So it runs a statement before it prepares the change.
                let ex = self.on(on);
                let _ = query("delete from t where false").execute(ex).await;
                ex.execute_script(text).await.map_err(|error| error.to_string())
            }
            By::Another => {
                let another = rusqlite::Connection::open(&self.path).unwrap();
                another.execute_batch(&text).map_err(|error| error.to_string())
            }
            By::AnotherProcess => Process::run(&self.path, &text),
        }
    }

    fn expected(&self, text: &str) -> rusqlite::Result<Answer> {
        let mut statement = self.copy.prepare(text)?;
        let names = statement.column_names().into_iter().map(str::to_owned).collect();
        let width = statement.column_count();
        let rows = statement.query_map([], |row| {
            let value = |column| {
                Ok(match row.get_ref(column)? {
                    rusqlite::types::ValueRef::Null => Value::Null,
                    rusqlite::types::ValueRef::Integer(value) => Value::Integer(value),
                    rusqlite::types::ValueRef::Real(value) => Value::Real(value),
                    rusqlite::types::ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into()),
                    rusqlite::types::ValueRef::Blob(bytes) => Value::Blob(bytes.into()),
                })
            };
            (0..width).map(value).collect()
        })?;
        Ok(Answer { names, rows: rows.collect::<rusqlite::Result<_>>()? })
    }

    async fn check(&self, ex: &Executor, statement: Statement, verb: Verb) -> std::result::Result<(), String> {
        let text = statement.text();
        let verb = match verb {
            // Whether a write runs whose rows cannot be read is tested elsewhere.
            Verb::Record | Verb::Nested if statement.writes() => Verb::All,
            // A stream sends nothing before its first row is requested, so the write would not
            // run.
            Verb::Stream(0) if statement.writes() => Verb::Stream(1),
            verb => verb,
        };
        let expected = self.expected(&text);
        let outcome = run(ex, query(text.as_str()), verb, &expected).await;
        outcome.map_err(|why| format!("`{text}` by {verb:?}: {why}"))
    }
}

/// Runs a statement and compares its result with the expected one.
async fn run(
    ex: &Executor,
    sql: Sql,
    verb: Verb,
    expected: &rusqlite::Result<Answer>,
) -> std::result::Result<(), String> {
    let first = |row: Result<Row>| match row {
        Ok(row) => Ok(vec![row]),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    let rows = match verb {
        Verb::All => sql.all::<Row>(ex).await,
        Verb::One => first(sql.one::<Row>(ex).await),
        Verb::Optional => sql.optional::<Row>(ex).await.map(Vec::from_iter),
        Verb::Batch => {
            Batch::new().all::<Row, _>(sql).all::<Row, _>(query("select 1")).run(ex).await.map(|both| both.0)
        }
        Verb::Stream(rows) => streamed(sql, ex, rows).await,
        Verb::Scalar => {
            let first = expected.as_ref().ok().map(|answer| answer.rows.first().and_then(|row| row.first()));
            let value = match first {
                Some(Some(Value::Integer(_))) => sql.scalar::<i64>(ex).await.map(Value::Integer),
                _ => sql.scalar::<Option<String>>(ex).await.map(cell),
            };
            return match (value, first) {
                (Ok(value), Some(first)) => same(&Some(&value), &first),
                (Err(error), Some(None)) if matches!(error.kind(), ErrorKind::NotFound { .. }) => Ok(()),
                (Err(error), Some(_)) => Err(error.to_string()),
                // The statement fails on the copy. Its first row may come before the row that
                // fails, so it may succeed here.
                (_, None) => Ok(()),
            };
        }
        Verb::Record => {
            let read = sql
                .all::<Named>(ex)
                .await
                .map(|rows| rows.into_iter().map(|row| vec![cell(row.b), Value::Integer(row.id)]).collect());
            return records(read, expected, |names| {
                let place = |wanted: &str| {
                    let mut places = names.iter().enumerate().filter(|(_, name)| *name == wanted);
                    let place = places.next().map(|(place, _)| place)?;
                    places.next().is_none().then_some(place)
                };
                Some(vec![place("b")?, place("id")?])
            });
        }
        Verb::Nested => {
            let cells = |row: Nested| vec![Value::Integer(row.key.id), cell(row.key.a), cell(row.rest.c)];
            let read = sql.all::<Nested>(ex).await.map(|rows| rows.into_iter().map(cells).collect());
            return records(read, expected, |names| (names == ["id", "a", "c"]).then(|| vec![0, 1, 2]));
        }
    };
    match (rows, expected) {
        (Ok(rows), Ok(answer)) => {
            let most = match verb {
                Verb::One | Verb::Optional => 1,
                Verb::Stream(most) => most,
                _ => usize::MAX,
            };
            for row in &rows {
                same(&row.columns(), &&answer.names[..])?;
            }
            let rows: Vec<&[Value]> = rows.iter().map(Row::values).collect();
            let wanted: Vec<&[Value]> = answer.rows.iter().take(most).map(Vec::as_slice).collect();
            same(&rows, &wanted)
        }
        (Err(error), Ok(_)) => Err(error.to_string()),
        (Ok(_), Err(error)) if matches!(verb, Verb::All | Verb::Batch) => Err(format!("it did not fail: {error}")),
        (_, Err(_)) => Ok(()),
    }
}

fn cell(text: Option<String>) -> Value {
    text.map_or(Value::Null, Value::Text)
}

async fn streamed(sql: Sql, ex: &Executor, most: usize) -> Result<Vec<Row>> {
    let mut stream = sql.stream::<Row>(ex);
    let mut rows = Vec::new();
    while rows.len() < most
        && let Some(row) = stream.next().await
    {
        rows.push(row?);
    }
    Ok(rows)
}

/// Compares the fields of records with the expected values of their columns. `places` returns the
/// position of each field's column, or `None` if the columns do not fit the record.
fn records(
    read: Result<Vec<Vec<Value>>>,
    expected: &rusqlite::Result<Answer>,
    places: impl FnOnce(&[String]) -> Option<Vec<usize>>,
) -> std::result::Result<(), String> {
    let Ok(answer) = expected else {
        return read.map_or(Ok(()), |_| Err("it did not fail".to_owned()));
    };
    match (read, places(&answer.names)) {
        (Ok(read), Some(places)) => {
            let cells = |row: &Vec<Value>| places.iter().map(|place| row[*place].clone()).collect::<Vec<_>>();
            same(&read, &answer.rows.iter().map(cells).collect())
        }
        (Err(error), Some(_)) => Err(error.to_string()),
        // Columns that do not fit must be refused. If a name occurs twice, they may be read or
        // refused.
        (Err(error), None) if *error.kind() == ErrorKind::Usage => Ok(()),
        (Err(error), None) => Err(error.to_string()),
        (Ok(_), None)
            if answer.names.iter().any(|name| answer.names.iter().filter(|other| *other == name).count() > 1) =>
        {
            Ok(())
        }
        (Ok(_), None) => Err(format!("columns are missing, but it did not fail: {:?}", answer.names)),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(found: &T, expected: &T) -> std::result::Result<(), String> {
    let cut = |text: String| text.chars().take(2000).collect::<String>();
    (found == expected)
        .then_some(())
        .ok_or_else(|| format!("found {}, expected {}", cut(format!("{found:?}")), cut(format!("{expected:?}"))))
}

/// A process of this test binary that runs the scripts sent to it.
struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

const IS_PROCESS: &str = "AIO_SQL_RUNS_SCRIPTS";
const DONE: &str = "script done: ";

thread_local! {
    static PROCESS: RefCell<Option<Process>> = const { RefCell::new(None) };
}

impl Process {
    fn start() -> Process {
        let mut command = shim::again("changing_schemas::property::a_child_runs_scripts");
        let command = command.env(IS_PROCESS, "1").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Process { child, input, output: BufReader::new(output) }
    }

    fn run(path: &Path, text: &str) -> std::result::Result<(), String> {
        PROCESS.with_borrow_mut(|process| {
            let process = process.get_or_insert_with(Process::start);
            writeln!(process.input, "{}\t{text}", path.display()).unwrap();
            let mut line = String::new();
            while process.output.read_line(&mut line).unwrap() > 0 {
                if let Some(end) = line.find(DONE) {
                    let said = line[end + DONE.len()..].trim().to_owned();
                    return if said == "ok" { Ok(()) } else { Err(said) };
                }
                line.clear();
            }
            Err("the process ended".to_owned())
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_child_runs_scripts() {
    if std::env::var_os(IS_PROCESS).is_none() {
        return;
    }
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (path, text) = line.split_once('\t').unwrap();
        let done = rusqlite::Connection::open(path).and_then(|raw| raw.execute_batch(text));
        println!("{DONE}{}", done.map_or_else(|error| error.to_string(), |()| "ok".to_owned()));
    }
}

fn column() -> impl Strategy<Value = &'static str> + Clone {
    select(COLUMNS.to_vec())
}

fn change() -> impl Strategy<Value = Change> {
    let columns = || proptest::sample::subsequence(COLUMNS.to_vec(), 0..=4).prop_shuffle();
    prop_oneof![
        3 => (column(), select(vec!["'text'", "'other'", "null", "long", "long"]))
            .prop_map(|(column, default)| Change::Add { column, default }),
        3 => column().prop_map(|column| Change::Drop { column }),
        2 => (column(), column()).prop_map(|(from, to)| Change::Rename { from, to }),
        2 => (column(), column()).prop_map(|(one, other)| Change::Swap { one, other }),
        1 => columns().prop_map(|columns| Change::MakeTable { columns }),
        1 => select(vec!["*", "id", "id, a", "b, id", "a as b, b as a, id", "id, a, a as c", "id, b as a, b"])
            .prop_map(|columns| Change::MakeView { columns }),
    ]
}

fn on() -> impl Strategy<Value = On> {
    select(vec![On::Database, On::Connection])
}

fn statement() -> impl Strategy<Value = Statement> {
    let id = || 1_i64..9;
    prop_oneof![
        4 => Just(Statement::Table),
        2 => Just(Statement::View),
        1 => Just(Statement::Both),
        2 => id().prop_map(Statement::FailsAt),
        2 => id().prop_map(Statement::Insert),
        2 => Just(Statement::Update),
        1 => id().prop_map(Statement::Delete),
        1 => id().prop_map(Statement::Upsert),
    ]
}

fn verb() -> impl Strategy<Value = Verb> {
    prop_oneof![
        4 => Just(Verb::All),
        1 => Just(Verb::One),
        1 => Just(Verb::Optional),
        1 => Just(Verb::Scalar),
        2 => (0_usize..9).prop_map(Verb::Stream),
        2 => Just(Verb::Record),
        2 => Just(Verb::Nested),
        1 => Just(Verb::Batch),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let by = prop_oneof![on().prop_map(By::Same), Just(By::Another), Just(By::AnotherProcess),];
    prop_oneof![
        3 => (0_usize..2, by, change()).prop_map(|(database, by, change)| Step::Change { database, by, change }),
        5 => (0_usize..2, on(), statement(), verb())
            .prop_map(|(database, on, statement, verb)| Step::Run { database, on, statement, verb }),
        1 => (0_usize..2, on(), vec((statement(), verb()), 1..4), any::<bool>()).prop_map(
            |(database, on, statements, commits)| Step::Transaction { database, on, statements, commits }
        ),
    ]
}

async fn check(pairs: &[Pair; 2], steps: &[Step]) -> std::result::Result<(), String> {
    let words = |error: Error| error.to_string();
    for pair in pairs {
        let columns = vec!["a", "b"];
        pair.change(By::Another, &Change::MakeTable { columns }).await?;
    }
    for step in steps {
        match step {
            Step::Change { database, by, change } => pairs[*database].change(*by, change).await?,
            Step::Run { database, on, statement, verb } => {
                let pair = &pairs[*database];
                pair.check(pair.on(*on), *statement, *verb).await?;
            }
            Step::Transaction { database, on, statements, commits } => {
                let pair = &pairs[*database];
                let tx = pair.on(*on).begin().await.map_err(words)?;
                pair.copy.execute_batch("begin").unwrap();
                for (statement, verb) in statements {
                    pair.check(&tx, *statement, *verb).await?;
                }
                if *commits {
                    tx.commit().await.map_err(words)?;
                    pair.copy.execute_batch("commit").unwrap();
                } else {
                    tx.rollback().await.map_err(words)?;
                    pair.copy.execute_batch("rollback").unwrap();
                }
            }
        }
    }
    Ok(())
}

#[test]
fn every_result_equals_that_of_rusqlite_after_any_schema_change() {
    let cases = std::env::var("AIO_SQL_CASES").map_or(96, |text| text.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    let result = TestRunner::new(config).run(&vec(step(), 4..40), |steps| {
        let directory = tempfile::tempdir().unwrap();
        let checked = runtime.block_on(async {
            let open = async |name| Pair::open(directory.path(), name).await.map_err(|error| error.to_string());
            let pairs = [open("a.db").await?, open("b.db").await?];
            let checked = check(&pairs, &steps).await;
            for pair in pairs {
                pair.close().await.map_err(|error| error.to_string())?;
            }
            checked
        });
        checked.map_err(TestCaseError::fail)
    });
    PROCESS.with_borrow_mut(|process| *process = None);
    if let Err(error) = result {
        panic!("{error}");
    }
}
