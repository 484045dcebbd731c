//! Statements on a PostgreSQL database that wait for a connection together: what they share, and
//! what each of them keeps for itself.

#![allow(clippy::unwrap_used)]

use std::pin::Pin;
use std::time::{Duration, Instant};

use aio_sql::{Connection, Database, Error, ErrorKind, Result, Table, query, sql};
use servers::{Needs, Outcome, on_postgres};

use hold::{Item, LONG, Places, item, numbers, poll, sent, until, with_connections};

mod hold;

/// A timeout that soon passes.
const SOON: Duration = Duration::from_millis(30);

#[derive(Table, Clone, Debug, PartialEq)]
struct Account {
    #[column(primary_key)]
    id: i64,
    #[column(check = "balance >= 0")]
    balance: i64,
    #[column(unique)]
    name: String,
    #[column(references = Item::ID)]
    item: Option<i64>,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Small {
    #[column(primary_key)]
    id: i32,
    text: Option<String>,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Device {
    name: String,
    #[column(primary_key)]
    id: uuid::Uuid,
}

#[derive(Table, Clone, Debug)]
struct Note {
    #[column(primary_key)]
    id: i64,
    text: String,
}

fn account(id: i64) -> Account {
    Account { id, balance: 100, name: format!("account {id}"), item: None }
}

type Answer = Pin<Box<dyn Future<Output = Result<String>>>>;

/// Returns a future whose output is a text.
fn text<T: std::fmt::Debug>(future: impl Future<Output = Result<T>> + 'static) -> Answer {
    Box::pin(async move { Ok(format!("{:?}", future.await?)) })
}

/// Runs a test with a database whose statements share one connection.
fn with_one_lane<F: Future<Output = Result<()>>>(test: impl FnOnce(Database, Places) -> F) {
    let run = |places: Places| async move {
        let db = places.open(places.builder()).await?;
        db.create(Account).await?;
        Item::insert_all((1..=3).map(item)).execute(&db).await?;
        Account::insert_all((1..=20).map(account)).execute(&db).await?;
        // A statement that the connection has not prepared yet runs alone.
        find(&db, 1).await?;
        Item::find(1).one(&db).await?;
        add(&db, 2).await?;
        Item::insert(item(0)).execute(&db).await?;
        Item::delete().filter(Item::NUMBER.eq(0)).execute(&db).await?;
        Account::insert(account(0)).execute(&db).await?;
        Account::delete().filter(Account::ID.eq(0)).execute(&db).await?;
        let before = db.metrics().pipelines;
        together(&db, &places, vec![text(find(&db, 1)), text(add(&db, 2))]).await;
        assert_eq!(db.metrics().pipelines, before + 1);
        test(db.clone(), places).await?;
        db.close().await
    };
    on_postgres(run, Outcome::Success, Needs::Nothing);
}

fn find(db: &Database, id: i64) -> impl Future<Output = Result<Account>> + use<> {
    Account::find(id).one(db)
}

/// Adds 1 to the balance of an account.
fn add(db: &Database, id: i64) -> impl Future<Output = Result<u64>> + use<> {
    let update = Account::update().set(Account::BALANCE, Account::BALANCE + 1).filter(Account::ID.eq(id)).execute(db);
    async move { Ok(update.await?.rows_affected) }
}

/// Returns the answers to statements that were sent while the connection was busy.
async fn together(db: &Database, places: &Places, statements: Vec<Answer>) -> Vec<Result<String>> {
    let held = places.hold(db);
    let sent: Vec<_> = statements.into_iter().map(sent).collect();
    held.release().await.unwrap();
    let mut answers = Vec::new();
    for statement in sent {
        answers.push(statement.await);
    }
    answers
}

async fn balances(db: &Database) -> Result<Vec<i64>> {
    Account::select().order_by(Account::ID).columns(Account::BALANCE).all(db).await
}

#[test]
fn statements_that_wait_together_share_a_round_trip_and_their_writes_a_commit() {
    with_one_lane(|db, places| async move {
        let before = db.metrics();
        let mut statements: Vec<Answer> = (1..=8).map(|id| text(find(&db, id))).collect();
        statements.extend((11..=14).map(|id| text(add(&db, id))));
        statements.extend((1..=8).map(|number| text(Item::insert(item(-number)).execute(&db))));
        statements.push(text(Account::delete().filter(Account::ID.eq(20)).execute(&db)));
        let count = statements.len() as u64;
        for answer in together(&db, &places, statements).await {
            answer?;
        }
        let after = db.metrics();
        assert_eq!(after.pipelines - before.pipelines, 1, "{after:?}");
        assert_eq!(after.pipelined - before.pipelined, count);
        assert_eq!((after.groups - before.groups, after.grouped - before.grouped), (1, 13));
        assert_eq!(balances(&db).await?[10..], [101, 101, 101, 101, 100, 100, 100, 100, 100]);
        let mut inserted = numbers(&db).await?;
        inserted.sort_unstable();
        assert_eq!(inserted, [-8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3]);
        Ok(())
    });
}

#[test]
fn what_may_take_long_waits_for_its_own_turn() {
    with_one_lane(|db, places| async move {
        let before = db.metrics().pipelines;
        let statements = vec![
            text(Account::select().filter(Account::BALANCE.gt(0)).all(&db)),
            text(Account::update().set(Account::BALANCE, 7).filter(Account::NAME.like("%1")).execute(&db)),
            text(Item::insert_all((10..20).map(item)).execute(&db)),
            text(query("select 1").scalar::<i64>(&db)),
            text(Account::find(1).filter(Account::NAME.lower().ne("x")).one(&db)),
        ];
        for answer in together(&db, &places, statements).await {
            answer?;
        }
        assert_eq!(db.metrics().pipelines, before);
        Ok(())
    });
}

#[test]
fn without_group_commit_each_write_waits_for_its_own_commit() {
    let run = |places: Places| async move {
        let db = places.open(places.builder().group_commit(false)).await?;
        Item::insert(item(0)).execute(&db).await?;
        let inserts = (1..=8).map(|number| text(Item::insert(item(number)).execute(&db)));
        for answer in together(&db, &places, inserts.collect()).await {
            answer?;
        }
        let metrics = db.metrics();
        assert_eq!((metrics.groups, metrics.pipelines, metrics.pipelined), (0, 1, 8), "{metrics:?}");
        assert_eq!(numbers(&db).await?.len(), 9);
        db.close().await
    };
    on_postgres(run, Outcome::Success, Needs::Nothing);
}

#[test]
fn each_statement_fails_without_the_others_and_with_the_same_error_as_alone() {
    with_one_lane(|db, places| async move {
        query("alter table account add column parent bigint references account (id) deferrable initially deferred")
            .execute(&db)
            .await?;
        query(
            "create function set_parent() returns trigger language plpgsql as $$ begin
                if new.balance = 13 then new.parent := 13000; end if;
                if new.balance = 14 then raise exception 'no fourteen'; end if;
                return new;
             end $$",
        )
        .execute(&db)
        .await?;
        query(
            "create trigger set_parent before insert or update on account for each row execute function set_parent()",
        )
        .execute(&db)
        .await?;
        let bad = || -> Vec<Answer> {
            let set =
                |balance: i64| Account::update().set(Account::BALANCE, balance).filter(Account::ID.eq(1)).execute(&db);
            vec![
                text(Account::insert(account(1)).execute(&db)),
                text(Account::insert(Account { name: "account 2".into(), ..account(50) }).execute(&db)),
                text(Account::insert(Account { item: Some(999), ..account(51) }).execute(&db)),
                text(Account::insert(Account { balance: -1, ..account(52) }).execute(&db)),
                text(Account::insert(Account { name: "a\0b".into(), ..account(53) }).execute(&db)),
                text(set(-1)),
                // The constraint is deferred: its error comes with the commit.
                text(set(13)),
                text(set(14)),
                text(find(&db, 1_000)),
            ]
        };
        let mut alone = Vec::new();
        for statement in bad() {
            alone.push(statement.await.expect_err("it fails"));
        }
        let mut mixed: Vec<Answer> = Vec::new();
        for (number, statement) in (100..).zip(bad()) {
            mixed.push(text(Account::insert(account(number)).execute(&db)));
            mixed.push(statement);
            mixed.push(text(add(&db, 2)));
        }
        let before = balances(&db).await?[1];
        let answers = together(&db, &places, mixed).await;
        for (answers, alone) in answers.chunks(3).zip(&alone) {
            let [insert, bad, update] = answers else { unreachable!() };
            assert!(insert.is_ok() && update.is_ok(), "{answers:?}");
            let bad = bad.as_ref().expect_err("it fails");
            let words = |error: &Error| (format!("{:?}", error.kind()), error.to_string());
            assert_eq!(words(bad), words(alone));
        }
        assert_eq!(balances(&db).await?[1], before + alone.len() as i64);
        assert_eq!(Account::select().filter(Account::ID.ge(50)).count(&db).await?, alone.len() as u64);
        Ok(())
    });
}

#[test]
fn a_wait_for_a_row_lock_holds_up_no_read_beside_it() {
    with_one_lane(|db, places| async move {
        let tx = db.begin().await?;
        add(&db, 5).await?;
        Account::update().set(Account::BALANCE, 7).filter(Account::ID.eq(5)).execute(&tx).await?;
        let held = places.hold(&db);
        let mut update = sent(add(&db, 5));
        let reads: Vec<_> = (0..64).map(|number| sent(find(&db, number % 20 + 1))).collect();
        held.release().await?;
        for read in reads {
            tokio::time::timeout(LONG, read).await.expect("it does not wait for the lock")?;
        }
        assert!(poll(update.as_mut()).is_none(), "it waits for the lock");
        tx.commit().await?;
        assert_eq!(update.await?, 1);
        assert_eq!(balances(&db).await?[4], 8);
        Ok(())
    });
}

/// Even a thread that has just begun, of which the library expects that it returns soon.
#[test]
fn a_thread_that_waits_for_a_row_lock_holds_up_no_read_that_comes_after_it() {
    let run = |places: Places| async move {
        let db = places.open(with_connections(places.builder(), 4)).await?;
        db.create(Account).await?;
        Account::insert_all((1..=20).map(account)).execute(&db).await?;
        for round in 0..100 {
            let tx = db.begin().await?;
            Account::update().set(Account::BALANCE, 7).filter(Account::ID.eq(5)).execute(&tx).await?;
            let update = sent(add(&db, 5));
            let read = tokio::time::timeout(LONG, find(&db, round % 4 + 1)).await;
            assert_eq!(read.expect("it does not wait for the lock")?.balance, 100);
            tx.rollback().await?;
            assert_eq!(update.await?, 1);
        }
        assert_eq!(balances(&db).await?[4], 200);
        db.close().await
    };
    on_postgres(run, Outcome::Success, Needs::Nothing);
}

#[test]
fn a_read_that_waits_for_a_lock_of_its_table_holds_up_nothing_beside_it() {
    with_one_lane(|db, places| async move {
        for has_writes in [true, false] {
            let before = balances(&db).await?;
            let tx = db.begin().await?;
            query("lock table item in access exclusive mode").execute(&tx).await?;
            let held = places.hold(&db);
            let mut others: Vec<_> = (1..=20).map(|id| sent(text(find(&db, id)))).collect();
            let waiting: Vec<_> = (1..=3).map(|id| sent(Item::find(id).one(&db))).collect();
            let dropped = sent(Item::find(1).one(&db));
            others.extend((1..=8).map(|id| sent(text(find(&db, id)))));
            if has_writes {
                others.extend((1..=20).map(|id| sent(text(add(&db, id)))));
            }
            held.release().await?;
            for other in others {
                tokio::time::timeout(LONG, other).await.expect("it does not wait for the lock")?;
            }
            drop(dropped);
            tx.rollback().await?;
            for (number, waiting) in (1..).zip(waiting) {
                assert_eq!(waiting.await?.number, number);
            }
            let expected = before.iter().map(|balance| balance + i64::from(has_writes));
            assert_eq!(balances(&db).await?, Vec::from_iter(expected));
        }
        Ok(())
    });
}

/// Returns the text of the statement that the process of the server has executed last.
async fn last_statement(process: i64, watcher: &Connection) -> Result<String> {
    sql!("select query from pg_stat_activity where pid = {process}").scalar(watcher).await
}

#[test]
fn reads_by_a_key_that_wait_together_are_one_statement_and_each_gets_its_own_row() {
    with_one_lane(|db, places| async move {
        let other = places.builder().open().await?;
        let watcher = other.connect().await?;
        let process: i64 = query("select pg_backend_pid()").scalar(&db).await?;
        let ids = [3, 1, 3, 99, 20, 3, i64::MAX];
        // The first pipeline runs them one by one, and prepares the statement for several keys.
        for _ in 0..2 {
            let held = places.hold(&db);
            let reads = ids.map(|id| sent(Account::find(id).optional(&db)));
            held.release().await?;
            for (id, read) in ids.into_iter().zip(reads) {
                let expected = (id <= 20).then(|| account(id));
                assert_eq!(tokio::time::timeout(LONG, read).await.expect("it is answered")?, expected);
            }
        }
        let last = last_statement(process, &watcher).await?;
        assert!(last.ends_with(r#"WHERE "id" = ANY($1)"#), "{last}");
        // Reads of another form are not, and each of many keys is found.
        for answer in together(&db, &places, vec![text(Account::find(4).filter(Account::BALANCE.gt(0)).one(&db))]).await
        {
            assert!(answer?.contains("id: 4"));
        }
        let held = places.hold(&db);
        let reads: Vec<_> = (0..100).map(|number| sent(find(&db, number % 20 + 1))).collect();
        held.release().await?;
        for (number, read) in (0..).zip(reads) {
            assert_eq!(read.await?.id, number % 20 + 1);
        }
        other.close().await
    });
}

#[test]
fn reads_by_keys_of_each_type_find_their_rows_in_one_statement() {
    with_one_lane(|db, places| async move {
        let process: i64 = query("select pg_backend_pid()").scalar(&db).await?;
        let other = places.builder().open().await?;
        let watcher = other.connect().await?;
        db.create_all((Small, Device)).await?;
        let large = "x".repeat(100_000);
        let smalls = [Some(large), None, Some("é".to_owned())];
        let smalls: Vec<_> = (-1..).zip(smalls).map(|(id, text)| Small { id, text }).collect();
        Small::insert_all(smalls.clone()).execute(&db).await?;
        let devices: Vec<_> = (0..5)
            .map(|number| Device { name: format!("{number}"), id: uuid::Uuid::from_u128(1 << (25 * number)) })
            .collect();
        Device::insert_all(devices.clone()).execute(&db).await?;
        Small::find(0).one(&db).await?;
        Device::find(devices[0].id).one(&db).await?;
        for _ in 0..2 {
            let held = places.hold(&db);
            let reads: Vec<_> = smalls.iter().map(|small| sent(Small::find(small.id).one(&db))).collect();
            held.release().await?;
            for (small, read) in smalls.iter().zip(reads) {
                assert_eq!(&read.await?, small);
            }
        }
        assert!(last_statement(process, &watcher).await?.ends_with("= ANY($1)"));
        for _ in 0..2 {
            let held = places.hold(&db);
            let reads: Vec<_> = devices.iter().map(|device| sent(Device::find(device.id).one(&db))).collect();
            held.release().await?;
            for (device, read) in devices.iter().zip(reads) {
                assert_eq!(&read.await?, device);
            }
        }
        assert!(last_statement(process, &watcher).await?.ends_with("= ANY($1)"));
        other.close().await
    });
}

#[test]
fn reads_by_a_key_that_are_one_statement_fail_each_for_itself() {
    with_one_lane(|db, places| async move {
        for _ in 0..2 {
            let reads: Vec<_> = (1..=3).map(|id| text(Item::find(id).one(&db))).collect();
            for answer in together(&db, &places, reads).await {
                answer?;
            }
        }
        // While their table is locked they wait, and nothing beside them does.
        let other = places.builder().open().await?;
        let tx = other.begin().await?;
        query("lock table item in access exclusive mode").execute(&tx).await?;
        let held = places.hold(&db);
        let mut blocked: Vec<_> = (1..=3).map(|id| sent(Item::find(id).one(&db))).collect();
        let free: Vec<_> = (1..=3).map(|id| sent(find(&db, id))).collect();
        let add = sent(add(&db, 7));
        held.release().await?;
        for read in free {
            tokio::time::timeout(LONG, read).await.expect("it does not wait")?;
        }
        tokio::time::timeout(LONG, add).await.expect("it does not wait")?;
        assert!(poll(blocked[0].as_mut()).is_none());
        // One of them is dropped.
        drop(blocked.remove(1));
        tx.commit().await?;
        for (read, id) in blocked.into_iter().zip([1, 3]) {
            assert_eq!(tokio::time::timeout(LONG, read).await.expect("it goes on")?.id, id);
        }
        query("alter table item rename to thing").execute(&other).await?;
        let reads: Vec<_> = (1..=3).map(|id| text(Item::find(id).one(&db))).collect();
        for answer in together(&db, &places, reads).await {
            let error = answer.expect_err("there is no such table");
            assert!(error.sql().is_some_and(|sql| sql.ends_with(r#"WHERE "id" = $1"#)), "{error:?}");
        }
        query("alter table thing rename to item").execute(&other).await?;
        let reads: Vec<_> = (1..=3).map(|id| text(Item::find(id).one(&db))).collect();
        for answer in together(&db, &places, reads).await {
            answer?;
        }
        other.close().await
    });
}

#[test]
fn a_read_that_fails_leaves_those_beside_it_their_rows() {
    #[derive(Table, Clone, Debug, PartialEq)]
    struct Share {
        #[column(primary_key)]
        id: i64,
        part: i64,
    }
    let find = |db: &Database, id| Share::find(id).one(db);
    with_one_lane(|db, places| async move {
        query("create view share as select id, 100 / (id % 10 - 5) as part from account").execute(&db).await?;
        find(&db, 1).await?;
        let alone = find(&db, 5).await.expect_err("it divides by zero").to_string();
        let held = places.hold(&db);
        let before = db.metrics().pipelines;
        let reads: Vec<_> = (1..=20).chain(1..=20).map(|id| (id, sent(find(&db, id)))).collect();
        held.release().await?;
        for (id, read) in reads {
            match read.await {
                Ok(share) => assert_eq!(share, Share { id, part: 100 / (id % 10 - 5) }),
                Err(error) => assert_eq!((id % 10, error.to_string()), (5, alone.clone())),
            }
        }
        assert!(db.metrics().pipelines > before, "they ran together");
        Ok(())
    });
}

#[test]
fn a_write_that_waits_for_a_lock_lets_the_writes_behind_it_go_first() {
    with_one_lane(|db, places| async move {
        let tx = db.begin().await?;
        Account::update().set(Account::BALANCE, 7).filter(Account::ID.eq(5)).execute(&tx).await?;
        Account::insert(account(77)).execute(&tx).await?;
        let held = places.hold(&db);
        let mut waiting = vec![sent(text(add(&db, 5)))];
        waiting.push(sent(text(Account::insert(account(77)).execute(&db))));
        let inserts: Vec<_> = (0..20).map(|number| sent(Item::insert(item(-number)).execute(&db))).collect();
        held.release().await?;
        for insert in inserts {
            let inserted = tokio::time::timeout(LONG, insert).await.expect("it does not wait for the lock")?;
            assert_eq!(inserted.rows_affected, 1);
        }
        for waiting in &mut waiting {
            assert!(poll(waiting.as_mut()).is_none(), "it waits for the lock");
        }
        tx.commit().await?;
        let mut waiting = waiting.into_iter();
        assert_eq!(waiting.next().unwrap().await?, "1");
        let taken = waiting.next().unwrap().await.expect_err("the key is taken");
        assert!(matches!(taken.kind(), ErrorKind::Unique { .. }), "{taken:?}");
        assert_eq!(balances(&db).await?[4], 8);
        Ok(())
    });
}

#[test]
fn a_deadline_ends_its_own_statement_and_no_other_one() {
    with_one_lane(|db, places| async move {
        for round in 0..20 {
            let tx = db.begin().await?;
            query("lock table item in access exclusive mode").execute(&tx).await?;
            Account::update().set(Account::BALANCE, 1_000).filter(Account::ID.eq(6)).execute(&tx).await?;
            let before = balances(&db).await?;
            let held = places.hold(&db);
            // Its place among the other reads is another one in each round.
            let mut others: Vec<_> = (0..round % 6).map(|id| sent(text(find(&db, id + 1)))).collect();
            let late_read = sent(Item::find(1).timeout(SOON).one(&db));
            let late_write = sent(add(&db, 6));
            let late_update = Account::update().set(Account::BALANCE, -7).filter(Account::ID.eq(6)).timeout(SOON);
            let late_update = sent(late_update.execute(&db));
            others.extend((round % 6..5).map(|id| sent(text(find(&db, id + 1)))));
            others.extend((1..=5).map(|id| sent(text(add(&db, id)))));
            held.release().await?;
            let late = late_read.await.expect_err("its time is up");
            assert_eq!(late.kind(), &ErrorKind::Timeout, "{late:?}");
            let late = late_update.await.expect_err("its time is up");
            assert_eq!(late.kind(), &ErrorKind::Timeout, "{late:?}");
            for other in others {
                tokio::time::timeout(LONG, other)
                    .await
                    .expect("it goes on")
                    .unwrap_or_else(|e| panic!("{round}: {e:?}"));
            }
            tx.rollback().await?;
            assert_eq!(late_write.await?, 1);
            let expected: Vec<_> = before.iter().enumerate().map(|(at, old)| old + i64::from(at < 6)).collect();
            assert_eq!(balances(&db).await?, expected, "each was added once");
        }
        Ok(())
    });
}

#[test]
fn futures_that_are_dropped_in_a_pipeline_leave_the_others_alone() {
    with_one_lane(|db, places| async move {
        for round in 0..20 {
            let tx = db.begin().await?;
            query("lock table item in access exclusive mode").execute(&tx).await?;
            let before = balances(&db).await?;
            let held = places.hold(&db);
            let never = sent(add(&db, 20));
            let blocked = sent(Item::find(1).one(&db));
            let finds: Vec<_> = (1..=10).map(|id| sent(find(&db, id))).collect();
            let adds: Vec<_> = (1..=10).map(|id| sent(add(&db, id))).collect();
            // It has not begun, so it never begins.
            drop(never);
            held.release().await?;
            // The writes have been sent when the read before them waits.
            let begin = Instant::now();
            let waits = "select count(*) from pg_locks where relation = 'item'::regclass and not granted";
            while query(waits).scalar::<i64>(&tx).await? == 0 {
                assert!(begin.elapsed() < LONG, "the read waits for the lock");
            }
            // A read that runs is ended, and a write that runs goes on.
            drop(blocked);
            let (mut kept, mut dropped) = (Vec::new(), Vec::new());
            for (number, add) in adds.into_iter().enumerate() {
                if (number + round) % 2 == 0 { kept.push(add) } else { dropped.push(add) }
            }
            drop(dropped);
            for add in kept {
                assert_eq!(tokio::time::timeout(LONG, add).await.expect("it goes on")?, 1);
            }
            for find in finds {
                tokio::time::timeout(LONG, find).await.expect("it goes on")?;
            }
            tx.rollback().await?;
            let expected: Vec<_> = before.iter().enumerate().map(|(at, old)| old + i64::from(at < 10)).collect();
            assert_eq!(balances(&db).await?, expected, "each was added once");
        }
        Ok(())
    });
}

#[test]
fn closing_ends_the_reads_of_a_pipeline_that_waits() {
    let run = |places: Places| async move {
        let db = places.open(places.builder().close_timeout(SOON)).await?;
        // A statement that the connection has not prepared yet runs alone.
        Item::find(1).optional(&db).await?;
        let other = places.builder().open().await?;
        let tx = other.begin().await?;
        query("lock table item in access exclusive mode").execute(&tx).await?;
        let held = places.hold(&db);
        let reads: Vec<_> = (1..=5).map(|id| sent(Item::find(id).one(&db))).collect();
        held.release().await?;
        until("the pipeline runs", || db.metrics().queued_reads == 0).await;
        tokio::time::timeout(LONG, db.close()).await.expect("it closes")?;
        for read in reads {
            assert_eq!(read.await.expect_err("it is closed").kind(), &ErrorKind::Closed);
        }
        tx.rollback().await?;
        other.close().await
    };
    on_postgres(run, Outcome::Success, Needs::Nothing);
}

#[test]
fn statements_whose_table_was_changed_are_prepared_anew() {
    with_one_lane(|db, places| async move {
        let changes = [
            "alter table account alter column balance type integer",
            "alter table account add column more text default 'x'",
            "alter table account alter column balance type bigint",
        ];
        for (round, change) in (1..).zip(changes) {
            query(change).execute(&db).await?;
            let mut statements: Vec<Answer> = (1..=10).map(|id| text(find(&db, id))).collect();
            statements.extend((11..=15).map(|id| text(add(&db, id))));
            for answer in together(&db, &places, statements).await {
                answer?;
            }
            assert_eq!(balances(&db).await?[10..15], [100 + round; 5], "{change}");
        }
        Ok(())
    });
}

#[test]
fn large_values_and_rows_pass_through_a_pipeline() {
    with_one_lane(|db, places| async move {
        db.create(Note).await?;
        Note::insert(Note { id: 1, text: String::new() }).execute(&db).await?;
        Note::find(1).one(&db).await?;
        let text_of = |id: i64| format!("{id}{}", "é".repeat(30_000));
        let insert = |id| text(Note::insert(Note { id, text: text_of(id) }).execute(&db));
        for answer in together(&db, &places, (100..130).map(insert).collect()).await {
            answer?;
        }
        let held = places.hold(&db);
        let notes: Vec<_> = (100..130).map(|id| sent(Note::find(id).one(&db))).collect();
        held.release().await?;
        for (id, note) in (100..).zip(notes) {
            assert_eq!(note.await?.text, text_of(id));
        }
        Ok(())
    });
}

#[test]
fn writes_of_a_group_are_durable_when_they_are_answered() {
    let run = |places: Places| async move {
        let db = places.open(places.builder()).await?;
        query("alter table item add column position text default pg_current_wal_insert_lsn()::text")
            .execute(&db)
            .await?;
        let other = with_connections(places.builder(), 2).open().await?;
        let mut last = 0;
        for round in 0..1_000 {
            let held = places.hold(&db);
            // Few and many writes share a commit in different ways.
            let count = 3 + 3 * (round % 2);
            let inserts: Vec<_> =
                (last + 1..=last + count).map(|number| sent(Item::insert(item(number)).execute(&db))).collect();
            last += count;
            held.release().await?;
            for insert in inserts {
                insert.await?;
            }
            let behind = "select count(*) from item where position::pg_lsn >= pg_current_wal_flush_lsn()";
            assert_eq!(query(behind).scalar::<i64>(&other).await?, 0, "it is not on the disk");
            Item::delete().all_rows().execute(&other).await?;
        }
        let metrics = db.metrics();
        assert!(metrics.groups >= 900, "{metrics:?}");
        other.close().await?;
        db.close().await
    };
    on_postgres(run, Outcome::Success, Needs::Nothing);
}

#[test]
fn the_settings_of_a_group_end_with_it_whatever_is_cancelled() {
    with_one_lane(|db, places| async move {
        let settings = "select current_setting('synchronous_commit') || ' ' || current_setting('lock_timeout')";
        let expected: String = query(settings).scalar(&db).await?;
        assert!(expected.starts_with("on "), "{expected}");
        let other = places.builder().open().await?;
        let admin = other.connect().await?;
        let (mut added, mut unknown, mut cancelled) = (0, 0, 0);
        for round in 0..200 {
            let process: i64 = query("select pg_backend_pid()").scalar(&db).await?;
            let before = db.metrics().pipelines;
            let held = places.hold(&db);
            let mut writes: Vec<_> = (1..=8).map(|id| sent(text(add(&db, id)))).collect();
            // Its key is taken.
            writes.push(sent(text(Account::insert(account(1)).execute(&db))));
            held.release().await?;
            // The cancel requests hit another statement of the pipeline in each round.
            until("the pipeline runs", || db.metrics().queued_writes == 0).await;
            for _ in 0..round % 5 {
                sql!("select pg_cancel_backend({process}::integer)::text").execute(&admin).await?;
            }
            let taken = writes.pop().unwrap().await.expect_err("the key is taken");
            cancelled += usize::from(!matches!(taken.kind(), ErrorKind::Unique { .. }));
            for write in writes {
                match write.await {
                    Ok(_) => added += 1,
                    // The commit of the group was cancelled, and its repetition, too.
                    Err(error) if *error.kind() == ErrorKind::OutcomeUnknown => unknown += 1,
                    // It has run alone when it was cancelled again.
                    Err(error) => assert_eq!(error.kind(), &ErrorKind::Interrupted, "{error:?}"),
                }
            }
            // A cancel request may come late.
            let found = match query(settings).scalar::<String>(&db).await {
                Err(error) if *error.kind() == ErrorKind::Interrupted => query(settings).scalar(&db).await?,
                found => found?,
            };
            assert_eq!(found, expected, "round {round}");
            assert!(db.metrics().pipelines > before);
        }
        let sum: i64 = balances(&db).await?.iter().map(|balance| balance - 100).sum();
        assert!((added + 2..=added + 2 + unknown).contains(&sum), "{sum} of {added}; {unknown} are unknown");
        assert!(unknown < added / 10, "{unknown} are unknown; {cancelled} inserts were cancelled");
        other.close().await
    });
}
