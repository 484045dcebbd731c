//! Steps that run in a SQLite database in memory.
//!
//! A schema may name functions and collations that only the user's program has. They are replaced
//! by stubs: a function returns NULL, a collation compares bytes.

use aio_sql::rusqlite::fallible_iterator::FallibleIterator;
use aio_sql::rusqlite::functions::FunctionFlags;
use aio_sql::rusqlite::types::Null;
use aio_sql::rusqlite::{self, Batch, Connection};
use aio_sql::{Database, Executor, query};

use crate::error::{Error, Result};
use crate::place::Mistake;
use crate::replay::Script;
use crate::steps::Step;

/// Runs some steps, in their order, in a database in memory.
pub(super) async fn steps(steps: &[Step]) -> Result<Database> {
    let settings = steps.iter().map(|step| {
        let is_rebuild = !step.directives.rebuilds.is_empty();
        Settings { has_foreign_keys: !is_rebuild && !step.directives.foreign_keys_off, has_simple_rename: is_rebuild }
    });
    run(steps.iter().map(Script::of).zip(settings).collect()).await
}

/// Runs scripts, in their order, in a database in memory in which foreign keys are not enforced.
pub(super) async fn scripts(scripts: Vec<Script>) -> Result<Database> {
    let settings = Settings { has_foreign_keys: false, has_simple_rename: false };
    run(scripts.into_iter().map(|script| (script, settings)).collect()).await
}

/// Returns the statements that made the schema of a database: tables with their indexes and
/// triggers, then views with theirs, by name.
pub(super) async fn ddl(db: &Executor) -> Result<Vec<String>> {
    Ok(query(DDL).all(db).await?)
}

const DDL: &str = r"select sql from sqlite_schema
    where sql is not null and name not like 'sqlite\_%' escape '\' and name not like '\_aio\_sql\_%' escape '\'
    and not exists (select 1 from pragma_table_list(sqlite_schema.name) as known where known.schema = 'main' and known.type = 'shadow')
    order by exists (select 1 from sqlite_schema as of where of.type = 'view' and of.name = sqlite_schema.tbl_name),
        tbl_name, case type when 'table' then 0 when 'view' then 0 when 'index' then 1 else 2 end, name";

/// A function or a collation that the tool does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stub {
    Function(String),
    Collation(String),
}

impl Stub {
    /// Returns the function or collation that is missing according to a message of SQLite.
    fn named_in(message: &str) -> Option<Stub> {
        let after = |words: &str| {
            let rest = message.split_once(words)?.1;
            let end = rest.find(|c: char| c.is_whitespace() || "()`'\"".contains(c)).unwrap_or(rest.len());
            Some(rest[..end].to_owned()).filter(|name| !name.is_empty())
        };
        let function = after("no such function: ").or_else(|| after("unknown function: "));
        function.map(Stub::Function).or_else(|| after("no such collation sequence: ").map(Stub::Collation))
    }

    fn register(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Stub::Function(name) => {
                let flags =
                    FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
                connection.create_scalar_function(name.as_str(), -1, flags, |_| Ok(Null))
            }
            Stub::Collation(name) => connection.create_collation(name.as_str(), |one, other| one.cmp(other)),
        }
    }
}

/// The settings with which a script runs. They are those with which the library runs a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Settings {
    /// Whether foreign keys are enforced, so that dropping a table may delete rows of others.
    has_foreign_keys: bool,
    /// Whether renaming a table leaves the views, triggers and foreign keys that name it as they
    /// are.
    has_simple_rename: bool,
}

/// Runs scripts in a database in memory. If one fails because a function or collation is missing,
/// all of them run again in a new database that has a stub for it.
async fn run(scripts: Vec<(Script, Settings)>) -> Result<Database> {
    let mut stubs: Vec<Stub> = Vec::new();
    loop {
        let known = stubs.clone();
        let register = move |connection: &mut Connection| known.iter().try_for_each(|stub| stub.register(connection));
        let db = Database::builder(":memory:").on_connect(register).open().await?;
        let missing = run_each(&db, &scripts).await.err();
        let Some(error) = missing else { return Ok(db) };
        db.close().await?;
        match Stub::named_in(error.message()) {
            Some(stub) if !stubs.contains(&stub) => stubs.push(stub),
            _ => return Err(error),
        }
    }
}

/// Runs scripts, in their order. Those with the same settings share a connection, because each new
/// one has to read the whole schema.
async fn run_each(db: &Database, scripts: &[(Script, Settings)]) -> Result<()> {
    for group in scripts.chunk_by(|(_, one), (_, next)| one == next) {
        let Some((_, settings)) = group.first() else { continue };
        let connection = db.connect().await?;
        if !settings.has_foreign_keys {
            query("pragma foreign_keys = off").execute(&connection).await?;
        }
        if settings.has_simple_rename {
            query("pragma legacy_alter_table = on").execute(&connection).await?;
        }
        let mut outcome = Ok(());
        for (script, _) in group {
            outcome = run_one(&connection, script).await;
            if outcome.is_err() {
                break;
            }
        }
        connection.close().await?;
        outcome?;
    }
    Ok(())
}

async fn run_one(connection: &aio_sql::Connection, script: &Script) -> Result<()> {
    let Script { name, origin, text } = script;
    let sql = text.clone();
    match connection.run(move |raw| batch(raw, &sql)).await? {
        Ok(()) => Ok(()),
        Err((_, Some(mistake))) => Err(mistake.error(origin, text)),
        Err((message, None)) => Err(Error::new(message).at(format!("{name} ({origin})"))),
    }
}

/// Runs the statements of a text. Returns the message of an error and, if it is known, its place.
fn batch(connection: &Connection, text: &str) -> std::result::Result<(), (String, Option<Mistake>)> {
    let sql = text.trim_start_matches('\u{feff}');
    let placed = |error: rusqlite::Error| match &error {
        // The SQL in the error is the rest of the text, from the wrong statement on.
        rusqlite::Error::SqlInputError { msg, sql, .. } => {
            (msg.clone(), Mistake::of(&error, sql, text.len().saturating_sub(sql.len())))
        }
        rusqlite::Error::SqliteFailure(_, Some(message)) => (message.clone(), None),
        error => (error.to_string(), None),
    };
    let mut batch = Batch::new(connection, sql);
    while let Some(mut statement) = batch.next().map_err(placed)? {
        let mut rows = statement.raw_query();
        while rows.next().map_err(placed)?.is_some() {}
    }
    Ok(())
}
