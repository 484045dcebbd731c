use std::error::Error as _;

use aio_sql::{Batch, Database, Error, ErrorKind, Result, Table, query};

#[derive(Table, Clone, Debug, PartialEq)]
struct Ticket {
    #[column(primary_key, auto)]
    id: i64,
    seat: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Stub {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Ticket::ID, on_delete = restrict)]
    ticket_id: i64,
}

async fn hall() -> Result<Database> {
    let db = Database::memory().await?;
    db.create_all((Ticket, Stub)).await?;
    db.execute_script(
        "create trigger sold before insert on ticket when new.seat < 0 begin
             select case new.seat
                 when -1 then raise(abort, 'the hall is full')
                 when -2 then raise(fail, 'the hall is closed')
                 when -3 then raise(rollback, 'the show is off')
                 else raise(abort, 'no seat ' || new.seat)
             end;
         end;
         create view sale as select seat from ticket;
         create trigger sell instead of insert on sale begin select raise(abort, 'not through the view'); end",
    )
    .await?;
    Ok(db)
}

#[track_caller]
fn says<T>(result: Result<T>, words: &str) -> Error {
    let Err(error) = result else { panic!("a trigger says {words}") };
    assert_eq!(error.kind(), &ErrorKind::Raised { message: words.to_owned() });
    assert_eq!(error.code(), Some("1811"), "the database's own code stays");
    assert!(error.to_string().ends_with(words) && !error.is_transient(), "{error}");
    error
}

const RAISED: [(i64, &str); 3] = [(-1, "the hall is full"), (-2, "the hall is closed"), (-3, "the show is off")];

#[tokio::test]
async fn a_raise_in_a_trigger_has_its_own_error_kind_with_the_message() -> Result<()> {
    let db = hall().await?;
    for (seat, words) in RAISED {
        let ticket = || NewTicket { seat };
        says(Ticket::insert(ticket()).execute(&db).await, words);
        says(Ticket::insert(ticket()).one(&db).await, words);
        says(query("insert into ticket (seat) values (?)").bind(seat).execute(&db).await, words);
        says(Batch::new().execute(Ticket::insert(ticket())).run(&db).await, words);
        let many = Ticket::insert_all([NewTicket { seat: 1 }, ticket()]).execute(&db).await;
        assert_eq!(says(many, words).row(), Some(1));
        says(db.execute_script(format!("insert into ticket (seat) values ({seat})")).await, words);
        // Requests in one group fail individually.
        let together = (0..8).map(|n| tokio::spawn(Ticket::insert(NewTicket { seat: n % 2 * seat }).execute(&db)));
        for (n, task) in together.collect::<Vec<_>>().into_iter().enumerate() {
            let result = task.await.expect("no panic");
            match n % 2 {
                0 => assert_eq!(result?.rows_affected, 1),
                _ => drop(says(result, words)),
            }
        }
    }
    says(query("insert into sale values (1)").execute(&db).await, "not through the view");
    assert_eq!(Ticket::select().filter(Ticket::SEAT.lt(0)).count(&db).await?, 0);
    db.close().await
}

#[tokio::test]
async fn a_trigger_that_rolls_the_transaction_back_is_its_first_cause() -> Result<()> {
    let db = hall().await?;
    for (seat, words) in RAISED {
        let tx = db.begin().await?;
        Ticket::insert(NewTicket { seat: 5 }).execute(&tx).await?;
        says(Ticket::insert(NewTicket { seat }).execute(&tx).await, words);
        if seat != -3 {
            tx.rollback().await?;
            continue;
        }
        for error in [Ticket::select().count(&tx).await.unwrap_err(), tx.commit().await.unwrap_err()] {
            assert_eq!(error.kind(), &ErrorKind::RolledBack, "{error}");
            let cause = error.source().and_then(|cause| cause.downcast_ref::<Error>()).unwrap();
            assert_eq!(cause.kind(), &ErrorKind::Raised { message: words.to_owned() });
        }
    }
    assert_eq!(Ticket::select().count(&db).await?, 0);
    db.close().await
}

#[tokio::test]
async fn the_message_of_a_trigger_is_shown_even_if_it_contains_a_value() -> Result<()> {
    let db = hall().await?;
    says(Ticket::insert(NewTicket { seat: -17 }).execute(&db).await, "no seat -17");
    db.close().await
}

#[tokio::test]
async fn a_foreign_key_that_sqlite_enforces_by_a_trigger_is_a_foreign_key() -> Result<()> {
    let db = hall().await?;
    let ticket = Ticket::insert(NewTicket { seat: 1 }).one(&db).await?;
    Stub::insert(NewStub { ticket_id: ticket.id }).execute(&db).await?;
    for result in [
        Ticket::delete().filter(Ticket::ID.eq(ticket.id)).execute(&db).await,
        query("delete from ticket").execute(&db).await,
    ] {
        assert!(matches!(result.unwrap_err().kind(), ErrorKind::ForeignKey { .. }));
    }
    db.close().await
}

#[tokio::test]
async fn errors_of_virtual_tables_have_the_kinds_of_tables() -> Result<()> {
    let db = Database::memory().await?;
    db.execute_script(
        "create virtual table area using rtree(id, low, high); insert into area values (1, 0, 1);
         create virtual table words using fts5(text); insert into words (rowid, text) values (1, 'a')",
    )
    .await?;
    let error = query("insert into area values (1, 5, 6)").execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unique { table: "area".into(), columns: vec!["id".into()] });
    let error = query("insert into area values (2, 6, 5)").execute(&db).await.unwrap_err();
    let constraint = "area.(low<=high)".to_owned();
    assert_eq!(error.kind(), &ErrorKind::Check { table: String::new(), columns: Vec::new(), constraint });
    let error = query("insert into words (rowid, text) values (1, 'b')").execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unique { table: String::new(), columns: Vec::new() });
    assert_eq!(error.to_string(), "another row has the same unique value or rowid");
    db.close().await
}
