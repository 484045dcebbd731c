//! Places in a PostgreSQL server, at which its processes wait for an advisory lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};

use aio_sql::{Connection, Database, Result, query};
use futures_lite::future::block_on;

use super::{Item, LONG, with_connections};

/// The functions that wait at a place. Sequences count also in transactions that are rolled back.
/// In a transaction that cannot write, `here()` leaves a lock as its mark until the transaction
/// has ended.
const FUNCTIONS: &str = "
create sequence came_1; create sequence came_2;
select nextval('came_1'), nextval('came_2');
create function pass(place int) returns bigint language plpgsql as $$ begin
    perform pg_advisory_lock_shared((select oid::int from pg_namespace where nspname = current_schema()), place);
    perform pg_advisory_unlock_shared((select oid::int from pg_namespace where nspname = current_schema()), place);
    return 0;
end $$;
create function here() returns bigint language plpgsql as $$ begin
    if current_setting('transaction_read_only') = 'on' then
        perform pg_advisory_xact_lock_shared(oid::int, 1000001) from pg_namespace where nspname = current_schema();
    else
        perform nextval('came_1');
    end if;
    return pass(1);
end $$;
create function at_commit() returns trigger language plpgsql as $$ begin
    perform nextval('came_2');
    perform pass(2);
    return null;
end $$";

const COMMITS: &str = "create constraint trigger at_commit after insert or update or delete on item \
                       deferrable initially deferred for each row execute function at_commit()";

/// A connection with which a test closes and opens places.
#[derive(Clone)]
pub(super) struct Control {
    connection: Connection,
    class: i32,
    next: Arc<AtomicI32>,
}

impl Control {
    pub(super) async fn open(address: &str) -> Result<Control> {
        // A lock belongs to a session, which a pooler would give to others.
        let address = servers::postgres::direct(address);
        let connection = with_connections(Database::builder(address), 2).open().await?.connect().await?;
        connection.execute_script(FUNCTIONS).await?;
        let text = "select oid::int from pg_namespace where nspname = current_schema()";
        let class = query(text).scalar(&connection).await?;
        Ok(Control { connection, class, next: Arc::new(AtomicI32::new(3)) })
    }

    /// Makes transactions that write items wait before their commit.
    pub(super) async fn set_up_commits(&self) -> Result<()> {
        // Fails if the table was not made.
        Item::select().count(&self.connection).await?;
        query(COMMITS).execute(&self.connection).await.map(drop)
    }

    pub(super) fn place(&self, number: i32) -> Place {
        Place { control: self.clone(), number, before: Arc::new(AtomicI64::new(1)) }
    }

    /// Returns a place that is used once, so that its visits need not be counted.
    pub(super) fn next_place(&self) -> Place {
        self.place(self.next.fetch_add(1, Ordering::Relaxed))
    }

    fn ask(&self, text: String) -> i64 {
        block_on(query(text).scalar(&self.connection)).expect("an answer of the server")
    }
}

/// A place in a server that its processes pass.
#[derive(Clone)]
pub(crate) struct Place {
    control: Control,
    number: i32,
    /// What the sequence said when the count was reset.
    before: Arc<AtomicI64>,
}

impl Place {
    pub(super) fn close(&self) {
        self.call("pg_advisory_lock");
        if self.number <= 2 {
            self.forget();
        }
    }

    pub(super) fn open(&self) {
        self.call("pg_advisory_unlock");
    }

    fn call(&self, function: &str) {
        let Place { control, number, .. } = self;
        control.ask(format!("select count({function}({}, {number})::text)", control.class));
    }

    fn total(&self) -> i64 {
        self.control.ask(format!("select last_value from came_{}", self.number))
    }

    pub(super) fn forget(&self) {
        self.before.store(self.total(), Ordering::Relaxed);
    }

    pub(super) fn came(&self) -> usize {
        usize::try_from(self.total() - self.before.load(Ordering::Relaxed)).expect("a sequence grows")
    }

    pub(super) fn until(&self, count: usize) {
        self.wait(|| self.came() >= count || self.marks() >= count);
    }

    /// Returns the number of transactions that cannot write, are open, and have come.
    fn marks(&self) -> usize {
        let Place { control, number, .. } = self;
        let text = format!(
            "select count(*) from pg_locks where locktype = 'advisory' and granted and classid = {} and objid = {}",
            control.class,
            1_000_000 + number
        );
        usize::try_from(control.ask(text)).expect("a number of locks")
    }

    /// Returns a statement that waits at the place while that is closed.
    pub(super) fn statement(&self) -> String {
        format!("select pass({})", self.number)
    }

    /// Blocks until a process waits at the place.
    pub(super) fn until_waiting(&self) {
        let Place { control, number, .. } = self;
        let text = format!(
            "select count(*) from pg_locks where locktype = 'advisory' and not granted and classid = {} and objid = {number}",
            control.class
        );
        self.wait(|| control.ask(text.clone()) > 0);
    }

    fn wait(&self, holds: impl Fn() -> bool) {
        let begin = std::time::Instant::now();
        while !holds() {
            assert!(begin.elapsed() < LONG, "nobody has come to place {}", self.number);
        }
    }
}
