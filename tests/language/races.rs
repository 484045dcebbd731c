//! Upserts and `or_get` of many tasks at once.

use aio_sql::{Database, Executor, Obtained, Result, Table, Upserted};
use servers::on_every_database;

use super::databases;

#[derive(Table, Clone, Debug, PartialEq)]
struct Visit {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    page: String,
    times: i64,
}

fn visit(page: &str, times: i64) -> NewVisit {
    NewVisit { page: page.into(), times }
}

async fn upsert(db: &Database, page: &str) -> Result<Upserted<Visit>> {
    let insert = Visit::insert(visit(page, 1)).on_conflict(Visit::PAGE).do_update();
    insert.set(Visit::TIMES, Visit::TIMES + Visit::TIMES.excluded()).one(db).await
}

const TASKS: usize = 8;
const ROUNDS: usize = 24;

#[on_every_database]
async fn of_all_upserts_of_a_row_one_has_inserted_it(db: Database) -> Result<()> {
    db.create_all(Visit).await?;
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut inserted = 0;
                for round in 0..ROUNDS {
                    inserted += usize::from(matches!(upsert(&db, &format!("{round}")).await?, Upserted::Inserted(_)));
                }
                Ok::<usize, aio_sql::Error>(inserted)
            })
        })
        .collect();
    let mut inserted = 0;
    for task in tasks {
        inserted += task.await.unwrap()?;
    }
    assert_eq!(inserted, ROUNDS, "{}", db.dialect().name());
    let counts: Vec<i64> = Visit::select().columns(Visit::TIMES).all(&db).await?;
    assert_eq!(counts, vec![TASKS as i64; ROUNDS]);
    db.close().await
}

#[on_every_database]
async fn an_upsert_says_what_it_did(db: Database) -> Result<()> {
    db.create_all(Visit).await?;
    let add = |times| {
        let insert = Visit::insert(visit("a", times)).on_conflict(Visit::PAGE).do_update();
        insert.set_excluded(Visit::TIMES).filter(Visit::TIMES.lt(Visit::TIMES.excluded()))
    };
    let check = async |ex: &Executor| {
        assert!(matches!(add(5).one(ex).await?, Upserted::Inserted(row) if row.times == 5));
        assert!(matches!(add(7).one(ex).await?, Upserted::Updated(row) if row.times == 7));
        assert_eq!(add(6).one(ex).await?, Upserted::Unchanged);
        Visit::delete().all_rows().execute(ex).await.map(drop)
    };
    check(&db).await?;
    let tx = db.begin().await?;
    check(&tx).await?;
    tx.commit().await?;
    db.close().await
}

/// What a trigger ignores was neither inserted nor updated.
#[tokio::test]
async fn an_insert_that_a_trigger_ignores_is_an_error() -> Result<()> {
    let Some(db) = databases::postgres().await? else { return Ok(()) };
    db.create_all(Visit).await?;
    db.execute_script(
        "create function ignore() returns trigger language plpgsql as $$ begin return null; end $$;
         create trigger ignores before insert on visit for each row execute function ignore();",
    )
    .await?;
    let insert = || Visit::insert(visit("a", 1)).on_conflict(Visit::PAGE).do_update().set_excluded(Visit::TIMES);
    for result in [insert().one(&db).await, insert().filter(Visit::TIMES.gt(0)).one(&db).await] {
        assert!(result.unwrap_err().is_not_found());
    }
    let error = Visit::insert(visit("a", 1)).or_get(Visit::PAGE).one(&db).await.unwrap_err();
    assert!(error.is_not_found());
    db.close().await
}

/// While others delete the row all the time, `or_get` still returns one.
#[on_every_database]
async fn or_get_returns_a_row_while_others_delete_it(db: Database) -> Result<()> {
    db.create_all(Visit).await?;
    let getting: Vec<_> = (0..TASKS)
        .map(|task| {
            let db = db.clone();
            tokio::spawn(async move {
                for _ in 0..ROUNDS {
                    let row = Visit::insert(visit("a", 1)).or_get(Visit::PAGE).one(&db).await?;
                    assert_eq!(row.into_row().page, "a");
                    if task % 2 == 0 {
                        Visit::delete().filter(Visit::PAGE.eq("a")).execute(&db).await?;
                    }
                }
                Ok::<(), aio_sql::Error>(())
            })
        })
        .collect();
    for task in getting {
        task.await.unwrap()?;
    }
    let row = Visit::insert(visit("b", 1)).or_get(Visit::PAGE).one(&db).await?;
    assert!(matches!(row, Obtained::Inserted(_)));
    db.close().await
}
