//! Row locks: FOR UPDATE and FOR SHARE, with SKIP LOCKED and NOWAIT.

#![cfg(all(feature = "sqlite", feature = "postgres"))]
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use aio_sql::{
    Database, Dialect, Error, ErrorKind, Record, Result, Table, Transaction, TransactionMode, alias, count, cte,
    row_number, window,
};
use servers::on_every_database;
use tokio::sync::Barrier;

#[derive(Table, Clone, Debug, PartialEq)]
struct Job {
    #[column(primary_key, auto)]
    id: i64,
    task: String,
    taken: bool,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Note {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Job::ID)]
    job_id: i64,
    text: String,
}

#[derive(Table, Clone, Debug)]
#[table(name = "job", schema = "elsewhere")]
struct OtherJob {
    #[column(primary_key, auto)]
    id: i64,
    task: String,
}

#[derive(Record, Debug)]
struct Next {
    id: i64,
}

alias!(Second = Job);

const WORKERS: usize = 8;

async fn create(db: &Database, jobs: usize) -> Result<()> {
    db.create_all((Job, Note)).await?;
    let rows = (0..jobs).map(|number| NewJob { task: format!("task {number}"), taken: false });
    Job::insert_all(rows).execute(db).await?;
    Ok(())
}

/// Takes the first job that nobody else has taken.
async fn take(tx: &Transaction) -> Result<Option<Job>> {
    let first = Job::select().filter(Job::TAKEN.eq(false)).order_by(Job::ID).limit(1);
    first.for_update().skip_locked().optional(tx).await
}

#[on_every_database(except sqlite = Unsupported("row locks"))]
async fn workers_that_skip_locked_jobs_take_each_job_exactly_once(db: Database) -> Result<()> {
    create(&db, 50).await?;
    db.transaction(|tx| async move { take(&tx).await }).await?;
    let (done, start) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Barrier::new(WORKERS)));
    let workers = (0..WORKERS).map(|_| {
        let (db, done, start) = (db.clone(), Arc::clone(&done), Arc::clone(&start));
        tokio::spawn(async move {
            let mut is_first = true;
            loop {
                let tx = db.begin().await?;
                let Some(mut job) = take(&tx).await? else { return tx.rollback().await };
                // All of them have a job at the same time, so that nobody waits for another one.
                if std::mem::take(&mut is_first) {
                    start.wait().await;
                }
                job.taken = true;
                job.save(&tx).await?;
                tx.commit().await?;
                done.lock().unwrap().push(job.id);
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap()?;
    }
    let mut done = done.lock().unwrap().clone();
    done.sort_unstable();
    assert_eq!(done, (1..=50).collect::<Vec<_>>());
    assert_eq!(Job::select().filter(Job::TAKEN.eq(false)).count(&db).await?, 0);
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("row locks"))]
async fn an_update_takes_jobs_by_a_subquery_that_locks_them(db: Database) -> Result<()> {
    create(&db, 5).await?;
    let tx = db.begin().await?;
    take(&tx).await?;
    let free = Job::select().filter(Job::TAKEN.eq(false)).order_by(Job::ID).limit(2).for_update().skip_locked();
    // A single statement needs no transaction.
    let update = Job::update().set(Job::TAKEN, true).filter(Job::ID.is_in(free.clone().columns(Job::ID)));
    let mut taken = update.returning(Job::ID).all(&db).await?;
    taken.sort_unstable();
    assert_eq!(taken, [2, 3]);
    let next = cte(Next, free.columns(Job::ID));
    let delete = Job::delete().using(&next).filter(Job::ID.eq(Next::ID)).returning(Job::ID);
    let mut deleted = delete.all(&db).await?;
    deleted.sort_unstable();
    assert_eq!(deleted, [4, 5]);
    tx.rollback().await?;
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("row locks"))]
async fn a_lock_that_is_not_available_is_a_conflict_with_a_code(db: Database) -> Result<()> {
    create(&db, 2).await?;
    let first = db.begin().await?;
    let job = Job::find(1).for_update().one(&first).await?;
    let second = db.begin().await?;
    let refused = second.transaction(|nested| async move { Job::find(1).for_update().no_wait().one(&nested).await });
    let error = refused.await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (&ErrorKind::Conflict, Some("55P03")));
    assert!(error.is_transient());
    let message = error.to_string();
    assert!(message.contains("\"job\"") && message.contains("run the transaction again"), "{message}");
    // The other row is free, and so is this one for a query without a lock.
    assert_eq!(Job::find(2).for_update().no_wait().one(&second).await?.id, 2);
    assert_eq!(Job::find(1).one(&second).await?, job);
    let free = Job::select().order_by(Job::ID).for_update().skip_locked().all(&second).await?;
    assert_eq!(free.iter().map(|job| job.id).collect::<Vec<_>>(), [2]);
    first.rollback().await?;
    assert_eq!(Job::select().for_update().no_wait().all(&second).await?.len(), 2);
    second.commit().await?;
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("row locks"))]
async fn the_weaker_locks_let_others_refer_to_a_row_or_change_it(db: Database) -> Result<()> {
    create(&db, 2).await?;
    let tx = db.begin().await?;
    Job::find(1).for_no_key_update().one(&tx).await?;
    // A row that refers to the job takes the lock of a foreign key, which this lock allows.
    let tries = db.begin().await?;
    Note::insert(NewNote { job_id: 1, text: "a note".into() }).execute(&tries).await?;
    Job::find(1).for_key_share().no_wait().one(&tries).await?;
    for refused in [Job::find(1).for_update(), Job::find(1).for_no_key_update(), Job::find(1).for_share()] {
        let nested = tries.begin().await?;
        assert_eq!(*refused.no_wait().one(&nested).await.unwrap_err().kind(), ErrorKind::Conflict);
    }
    // Only the deletion of a row, or a change of its key, has to wait for FOR KEY SHARE.
    tx.rollback().await?;
    let writer = db.begin().await?;
    Job::update().set(Job::TAKEN, true).filter(Job::ID.eq(1)).execute(&writer).await?;
    let locked = Job::select().for_update_of(Job).filter(Job::ID.eq(1)).no_wait().one(&writer).await;
    assert_eq!(*locked.unwrap_err().kind(), ErrorKind::Conflict);
    tries.rollback().await?;
    let joined = || Job::select().join(Note);
    let text = |query: aio_sql::Select<(Job, Note)>| query.to_sql(Dialect::Postgres).unwrap().text;
    assert!(text(joined().for_no_key_update_of(Job)).ends_with(r#" FOR NO KEY UPDATE OF "job""#));
    assert!(text(joined().for_key_share_of(Note)).ends_with(r#" FOR KEY SHARE OF "note""#));
    assert!(
        usage(joined().for_key_share().for_share().to_sql(Dialect::Postgres)).contains("or one of the weaker forms")
    );
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("row locks"))]
async fn locks_for_share_are_held_by_several_transactions(db: Database) -> Result<()> {
    create(&db, 1).await?;
    let first = db.begin().await?;
    Job::find(1).for_share().one(&first).await?;
    let second = db.begin().await?;
    Job::find(1).for_share().no_wait().one(&second).await?;
    assert_eq!(Job::find(1).for_update().skip_locked().optional(&second).await?, None);
    first.rollback().await?;
    Job::find(1).for_update().skip_locked().one(&second).await?;
    second.rollback().await?;
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("row locks"))]
async fn only_the_rows_of_the_named_tables_are_locked(db: Database) -> Result<()> {
    create(&db, 2).await?;
    Note::insert(NewNote { job_id: 1, text: "first".into() }).execute(&db).await?;
    let first = db.begin().await?;
    let notes = Job::select().left_join(Note).filter(Job::ID.eq(1)).for_update_of(Job);
    assert_eq!(notes.all(&first).await?[0].1.as_ref().unwrap().text, "first");
    let second = db.begin().await?;
    assert_eq!(Job::select().for_update().skip_locked().all(&second).await?.len(), 1);
    assert_eq!(Note::select().for_update().skip_locked().all(&second).await?.len(), 1);
    let by_alias = Job::select().join_on(Second, Job::ID.of::<Second>().gt(Job::ID)).for_share_of(Second);
    assert_eq!(by_alias.columns(Job::ID.of::<Second>()).all(&second).await?, [2]);
    first.rollback().await?;
    second.rollback().await?;
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("row locks"))]
async fn a_query_that_locks_rows_runs_in_a_transaction_that_can_write(db: Database) -> Result<()> {
    create(&db, 1).await?;
    db.transaction(|tx| async move { Job::find(1).for_update().one(&tx).await }).await?;
    let connection = db.connect().await?;
    let locked_ids = || Job::select().for_update().columns(Job::ID);
    let nested = || Job::select().filter(Job::ID.is_in(locked_ids()));
    for ex in [&*db, &*connection] {
        let errors = [
            Job::find(1).for_update().one(ex).await.unwrap_err(),
            nested().all(ex).await.unwrap_err(),
            cte(Next, locked_ids()).select().all(ex).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(*error.kind(), ErrorKind::Usage, "{error}");
            assert!(error.to_string().contains("run it in one, `db.transaction(..)`"), "{error}");
        }
    }
    let tx = connection.begin().await?;
    assert_eq!(nested().all(&tx).await?.len(), 1);
    assert!(Job::select().for_update().explain(&tx).await.is_ok());
    tx.rollback().await?;
    connection.close().await?;
    let reading = db.begin_with(TransactionMode::ReadOnly).await?;
    let error = Job::find(1).for_update().one(&reading).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::ReadOnly, "{error}");
    drop(reading);
    db.close().await
}

/// Returns the message of the usage error of a statement.
fn usage(text: Result<impl Sized>) -> String {
    let error: Error = text.map(|_| ()).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Usage, "{error}");
    error.to_string()
}

#[test]
fn what_cannot_be_locked_is_a_usage_error_that_says_what_to_do() {
    let jobs = Job::select;
    let on = Dialect::Postgres;
    let no_rows = [
        (usage(jobs().distinct().for_update().to_sql(on)), "is `distinct`"),
        (usage(jobs().group_by(Job::TASK).columns(Job::TASK).for_update().to_sql(on)), "is grouped"),
        (usage(jobs().columns(count()).for_share().to_sql(on)), "is grouped"),
        (usage(jobs().columns(row_number().over(window())).for_update().to_sql(on)), "has a window function"),
    ];
    for (message, why) in no_rows {
        assert!(message.contains(why) && message.contains("lock them by a query of their own"), "{message}");
    }
    let outer = usage(jobs().left_join(Note).for_update().to_sql(on));
    assert!(outer.contains("`note`, which an outer join may not find") && outer.contains(".for_update_of("), "{outer}");
    let outer = usage(jobs().left_join(Note).for_share_of(Note).to_sql(on));
    assert!(outer.contains("`note`, which an outer join may not find"), "{outer}");
    let next = cte(Next, jobs().columns(Job::ID));
    let of_cte = usage(next.select().for_update().to_sql(on));
    assert!(of_cte.contains("`next`, which are not those of a table"), "{of_cte}");
    let same = jobs().join_on(OtherJob, OtherJob::ID.eq(Job::ID)).for_update_of(Job);
    assert!(usage(same.to_sql(on)).contains("give one of them an alias"));
    assert!(usage(jobs().for_update().for_share().to_sql(on)).contains("either `for_update` or `for_share`"));
    assert!(usage(jobs().skip_locked().to_sql(on)).contains("call `for_update` or `for_share` before"));
    assert!(usage(jobs().for_update().skip_locked().no_wait().to_sql(on)).contains("`skip_locked` or `no_wait`"));
    let related = usage(jobs().for_update().with(Note).to_sql(on));
    assert!(related.contains("lock the rows by a query of their own"), "{related}");
    let exists = usage(jobs().filter(aio_sql::exists(jobs().outer::<Job>().for_update())).to_sql(on));
    assert!(exists.contains("`exists` returns none"), "{exists}");
}

#[on_every_database]
async fn a_query_that_only_counts_rows_locks_none(db: Database) -> Result<()> {
    create(&db, 1).await?;
    for error in [Job::select().for_update().count(&db).await.err(), Job::select().for_share().exists(&db).await.err()]
    {
        assert!(usage(error.map_or(Ok(()), Err)).contains("locks the rows that a query returns"));
    }
    db.close().await
}

#[test]
fn a_part_of_a_union_locks_its_own_rows() {
    let union = Job::select().for_update().columns(Job::ID).union_all(Note::select().columns(Note::ID));
    assert!(usage(union.to_sql(Dialect::Postgres)).contains("is combined with another one"));
    let union = Note::select().columns(Note::ID).union_all(Job::select().for_update().columns(Job::ID));
    let sql = union.to_sql(Dialect::Postgres).unwrap();
    assert!(sql.text.ends_with("UNION ALL SELECT * FROM (SELECT \"id\" FROM \"job\" FOR UPDATE) AS \"rows\""), "{sql}");
}
