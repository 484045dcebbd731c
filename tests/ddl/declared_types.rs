//! What CREATE TABLE declares in place of the library's own types.

use aio_sql::{Database, Dialect, Result, SqlType, Table};
use servers::on_every_database;

/// A table with a key and an enum of other declared types.
#[derive(Table, Clone, Debug, PartialEq)]
struct Ticket {
    #[column(primary_key, auto, declared_type = "integer")]
    id: i32,
    state: State,
}

#[derive(SqlType, Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Done,
}

#[on_every_database]
async fn a_key_that_is_declared_as_integer_is_numbered(db: Database) -> Result<()> {
    db.create(Ticket).await?;
    let ticket = Ticket::insert(NewTicket { state: State::Done }).one(&db).await?;
    assert_eq!(ticket.id, 1);
    assert_eq!(Ticket::find(1).one(&db).await?, ticket);
    Ticket::insert(NewTicket { state: State::Open }).execute(&db).await?;
    let wanted = db.schema_of(Ticket).await?;
    assert_eq!(wanted.differences(&db.inspect().await?)?.len(), 0);
    Ok(())
}

/// A table with a column whose type the server itself defines.
#[derive(Table, Clone, Debug, PartialEq)]
struct Job {
    #[column(primary_key)]
    id: i64,
    #[column(declared_type = "job_state")]
    state: State,
}

#[test]
fn a_type_of_the_server_has_no_collation_and_no_check_of_its_values() -> Result<()> {
    let postgres = Dialect::Postgres.ddl(Job)?.join(";");
    assert!(postgres.contains("\"state\" job_state NOT NULL"), "{postgres}");
    assert!(!postgres.contains("COLLATE") && !postgres.contains("IN ("), "{postgres}");
    assert!(Dialect::Sqlite.ddl(Job)?.join(";").contains("IN ('open', 'done')"));
    Ok(())
}
