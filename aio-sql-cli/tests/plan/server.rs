//! Plans on a PostgreSQL server, and running their steps.

use aio_sql::inspect::Table;
use aio_sql::{Database, query};
use aio_sql_cli::database::Address;
use aio_sql_cli::error::Error;
use aio_sql_cli::plan::{Answer, Goal, Hints, Owned, Plan, plan, quoted};
use aio_sql_cli::replay::{self, Replay, Scratch, Script};
use aio_sql_cli::steps::{Step, Steps};
use servers::postgres::shared;

/// A schema of the server that all tests of the process share.
pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) db: Database,
}

impl Server {
    /// Creates an empty schema; `None` if tests that need a server are left out.
    pub(crate) async fn new() -> Option<Server> {
        let schema = shared()?.create_schema().await.unwrap();
        let db = Database::open(schema.address()).await.unwrap();
        Some(Server { address: schema.address().to_owned(), db })
    }

    pub(crate) async fn script(&self, text: &str) {
        self.db.execute_script(text).await.unwrap_or_else(|error| panic!("{error}\n{text}"));
    }

    /// Returns the first column of the rows of a query, as texts with commas between them.
    pub(crate) async fn texts(&self, text: &str) -> String {
        let texts: Vec<Option<String>> =
            query(text.to_owned()).all(&self.db).await.unwrap_or_else(|error| panic!("{error}\n{text}"));
        texts.into_iter().map(|text| text.unwrap_or("NULL".to_owned())).collect::<Vec<_>>().join(",")
    }

    /// Returns a database in which a step was run.
    pub(crate) async fn replay(&self, text: &str) -> Result<Replay, Error> {
        replay::first(&self.scratch(), &[step(text)]).await
    }

    pub(crate) fn scratch(&self) -> Scratch {
        self.scratch_at(&self.address)
    }

    pub(crate) fn scratch_at(&self, address: &str) -> Scratch {
        Scratch::Server(Address::new(address, "the test").unwrap())
    }

    /// Plans the steps from the schema of the step `before` to that of `after`. The tables and
    /// indexes of the first belong to the structs, except those that `foreign` names.
    pub(crate) async fn planned(
        &self,
        before: &str,
        after: &str,
        hints: &Hints,
        foreign: &[&str],
        answer: Answer<'_>,
    ) -> Result<Plan, Error> {
        let replay = self.replay(before).await?;
        let plan = plan_in(&replay, [after, ""], &[], hints, foreign, answer).await;
        replay.close().await.unwrap();
        plan
    }

    /// Runs steps as the library does: each in a transaction, or each statement alone.
    pub(crate) async fn run(&self, plan: &Plan) -> Result<(), aio_sql::Error> {
        let connection = self.db.connect().await?;
        for step in &plan.steps {
            let text = step.text();
            if step.no_transaction {
                assert_eq!(step.statements.len(), 1, "{text}");
                connection.execute_script(text).await?;
            } else {
                connection.transaction(|tx| async move { tx.execute_script(text).await }).await?;
            }
        }
        connection.close().await
    }

    /// Runs `before` and `rows`, then the steps from `before` to `after`. Returns the plan.
    pub(crate) async fn migrated(&self, before: &str, rows: &str, after: &str, hints: &Hints) -> Plan {
        self.script(before).await;
        self.script(rows).await;
        let plan = self.planned(before, after, hints, &[], &mut crate::no_renames).await;
        let plan = plan.unwrap_or_else(|error| panic!("{error}\n{}", error.help_lines().join("\n")));
        self.run(&plan).await.unwrap_or_else(|error| panic!("{error}\n{}", text(&plan)));
        plan
    }
}

/// Returns a name as a part of a full name.
fn word(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if is_plain { name.to_owned() } else { quoted(name) }
}

/// Plans the steps to the schema that the scripts `after` declare: tables, and foreign keys.
/// `schemas` are those that the scripts name.
pub(crate) async fn plan_in(
    replay: &Replay,
    after: [&str; 2],
    schemas: &[&str],
    hints: &Hints,
    foreign: &[&str],
    answer: Answer<'_>,
) -> Result<Plan, Error> {
    let found = replay.inspect().await?;
    let is_own = |name: &str| !foreign.contains(&name);
    let full = |table: &Table, name: &str| match table.schema() {
        schema if schema == found.default_name() => name.to_owned(),
        schema => format!("{}.{}", word(schema), word(name)),
    };
    let tables = found.tables().iter().filter(|table| is_own(table.name()));
    let indexes = found.tables().iter().flat_map(|table| {
        let own = table.indexes().iter().filter(|index| is_own(index.name()));
        own.map(|index| full(table, index.name())).collect::<Vec<_>>()
    });
    let owned = Owned::new(tables.map(|table| full(table, table.name())), indexes);
    let [tables, keys] = after.map(|text| vec![script(text)]);
    let wanted = replay.declared(tables, keys, schemas).await?;
    plan(replay, &Goal { wanted: &wanted, hints, owned: &owned }, answer).await
}

pub(crate) fn script(text: &str) -> Script {
    Script { name: "wanted".to_owned(), origin: "a test".to_owned(), text: text.to_owned() }
}

/// Returns a step with a text.
pub(crate) fn step(text: &str) -> Step {
    Steps { folder: "migrations".into(), ..Steps::default() }.new_step("before", text).unwrap()
}

/// Returns the texts of all steps of a plan.
pub(crate) fn text(plan: &Plan) -> String {
    plan.steps.iter().map(|step| format!("-- step {}\n{}", step.part, step.text())).collect()
}
