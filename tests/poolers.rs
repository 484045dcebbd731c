//! PgBouncer in its transaction mode between the library and the server: each transaction may have
//! another session of the server, which other clients use in between.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use aio_sql::{Batch, Database, Result, Table, sql};
use servers::postgres::{Admin, Pooler, PoolerSettings, Server, Settings};

#[path = "poolers/addresses.rs"]
mod addresses;
#[path = "poolers/cancellation.rs"]
mod cancellation;
#[path = "poolers/durability.rs"]
mod durability;
#[path = "poolers/sessions.rs"]
mod sessions;
#[path = "poolers/statements.rs"]
mod statements;

#[derive(Table, Clone, Debug, PartialEq)]
struct Entry {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    number: i64,
    text: String,
}

fn entry(number: i64) -> NewEntry {
    NewEntry { number, text: format!("text {number}") }
}

/// Returns the server that all tests share.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&Settings::default()))
}

/// A pooler of a test's own, and a database behind it.
struct Tested {
    pooler: Pooler,
    database: String,
}

impl Tested {
    /// Starts a pooler that has this number of sessions for each user.
    fn new(sessions: u32) -> Tested {
        Tested::with(PoolerSettings::sessions(sessions))
    }

    fn with(settings: PoolerSettings) -> Tested {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let database = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let create = format!("create database {database} strategy wal_log template template0");
        server().connect().unwrap().run(&create).unwrap();
        Tested { pooler: Pooler::start(server(), &settings), database }
    }

    /// Returns an address that does not say that a pooler is there.
    fn undeclared(&self) -> String {
        self.pooler.address("postgres", &self.database)
    }

    fn declared(&self) -> String {
        format!("{}&pooler=transaction", self.undeclared())
    }

    /// Returns both addresses.
    fn addresses(&self) -> [String; 2] {
        [self.declared(), self.undeclared()]
    }

    /// Connects another client, which is not the library.
    fn client(&self) -> Admin {
        self.pooler.connect("postgres", &self.database).unwrap()
    }

    /// Runs statements in each of this number of sessions, all at the same time, so that each has
    /// them once. Returns what each of them has answered.
    fn in_each_session(&self, sessions: usize, statements: &str) -> Vec<Vec<Option<String>>> {
        let mut clients: Vec<_> = (0..sessions).map(|_| self.client()).collect();
        clients.iter_mut().for_each(|client| drop(client.run("begin").unwrap()));
        let rows = clients.iter_mut().flat_map(|client| client.run(statements).unwrap()).collect();
        clients.iter_mut().for_each(|client| drop(client.run("commit").unwrap()));
        rows
    }

    async fn open(&self, address: &str) -> Result<Database> {
        Database::builder(address).connections(8).open().await
    }
}

/// Does all kinds of work, whose answers are checked.
async fn work(db: &Database, first: i64) -> Result<()> {
    let stored = Entry::insert(entry(first)).one(db).await?;
    assert_eq!(stored.number, first);
    assert_eq!(Entry::find(stored.id).one(db).await?, stored);
    let rows = Entry::insert_all((1..=300).map(|number| entry(first + number))).execute(db).await?;
    assert_eq!(rows.rows_affected, 300);
    let returned = Entry::insert_all((301..=310).map(|number| entry(first + number))).all(db).await?;
    assert_eq!(returned.len(), 10);
    let own = Entry::NUMBER.between(first, first + 999);
    let (changed, texts) = Batch::new()
        .execute(Entry::update().set(Entry::TEXT, "changed").filter(Entry::NUMBER.eq(first)))
        .all(Entry::select().filter(own.clone()).order_by(Entry::NUMBER).columns(Entry::TEXT))
        .run(db)
        .await?;
    assert_eq!((changed.rows_affected, texts.len(), texts[0].as_str()), (1, 311, "changed"));
    db.transaction(async |tx| {
        Entry::delete().filter(Entry::NUMBER.eq(first + 310)).execute(&tx).await?;
        assert_eq!(Entry::select().filter(own.clone()).count(&tx).await?, 310);
        Ok(())
    })
    .await?;
    let mut stream = Entry::select().filter(own.clone()).order_by(Entry::NUMBER).stream(db);
    let mut rows = 0;
    while let Some(row) = stream.next().await {
        assert_eq!(row?.number, first + rows);
        rows += 1;
    }
    assert_eq!(rows, 310);
    let last = first + 999;
    let sum = sql!(
        "select sum({Entry::NUMBER} - {first})::bigint from {Entry} where {Entry::NUMBER} between {first} and {last}"
    );
    let sum: i64 = sum.scalar(db).await?;
    assert_eq!(sum, (0..310).sum::<i64>());
    Ok(())
}
