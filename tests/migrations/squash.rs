//! A step that stands for earlier ones.

use servers::on_every_database;

use super::*;

const A: Migration<'_> = Migration::new("0001_a", "create table a (x integer)");
const B: Migration<'_> = Migration::new("0002_b", "create table b (x integer)");
const C: Migration<'_> = Migration::new("0004_c", "create table c (x integer)");
const D: Migration<'_> = Migration::new("0005_d", "create table d (x integer)");
const ALL_IN_ONE: Migration<'_> = Migration::new(
    "0004_all",
    "-- aio-sql: replaces 0001..0004\ncreate table a (x integer); create table b (x integer); create table c (x integer)",
)
.file("migrations/0004_all.sql");

async fn names(db: &Database) -> Result<Vec<String>> {
    sql!("select name from _aio_sql_migrations order by position").all(db).await
}

#[on_every_database]
async fn a_squashed_step_counts_as_run_where_the_steps_were_run_that_it_replaces(db: Database) -> Result<()> {
    db.migrate(&[A, B, C, D]).await?;
    let report = db.migrate(&[ALL_IN_ONE, D]).await?;
    assert_eq!((report.steps(), report.recorded()), (&[][..], &["0004_all".to_owned()][..]));
    assert_eq!(names(&db).await?, ["0004_all", "0005_d"]);
    let before = requests(&db);
    assert_eq!(db.migrate(&[ALL_IN_ONE, D]).await?, aio_sql::report::MigrationReport::default());
    assert_eq!(requests(&db) - before, 1, "the digest of the records is that of the new steps");
    let more = Migration::new("0006_e", "create table e (x integer)");
    assert_eq!(db.migrate(&[ALL_IN_ONE, D, more]).await?.steps(), ["0006_e"]);
    assert_eq!(names(&db).await?, ["0004_all", "0005_d", "0006_e"]);
    // The new step must not be changed either, once it is recorded.
    let changed = Migration::new("0004_all", "-- aio-sql: replaces 0001..0004\ncreate table a (x integer)");
    let error = db.migrate(&[changed, D, more]).await.expect_err("it was changed");
    assert_eq!(error.kind(), &ErrorKind::Migration { step: "0004_all".to_owned() });
    db.close().await
}

#[on_every_database]
async fn steps_before_and_after_the_replaced_ones_keep_their_places(db: Database) -> Result<()> {
    db.migrate(&[A, B, C]).await?;
    // The new step has the name of one of the steps that it replaces.
    let two = Migration::new(
        "0004_c",
        "-- aio-sql: replaces 0002_b, 0004\ncreate table b (x integer); create table c (x integer)",
    );
    let report = db.migrate(&[A, two, D]).await?;
    assert_eq!((report.steps(), report.recorded()), (&["0005_d".to_owned()][..], &["0004_c".to_owned()][..]));
    assert_eq!(names(&db).await?, ["0001_a", "0004_c", "0005_d"]);
    db.close().await
}

#[on_every_database]
async fn a_program_with_the_replaced_steps_is_refused_after_they_were_replaced(db: Database) -> Result<()> {
    let renamed = Migration::new("0002_renamed", "-- aio-sql: replaces 0002_b\ncreate table b (x integer)");
    db.migrate(&[A, B, C]).await?;
    // Steps that this program does not know follow those that it replaces.
    db.migrate(Migrations::new(&[A, renamed]).allow_newer()).await?;
    assert_eq!(names(&db).await?, ["0001_a", "0002_renamed", "0004_c"]);
    let error = db.migrate(&[A, B, C]).await.expect_err("the program is older than the database");
    assert_eq!(error.kind(), &ErrorKind::Migration { step: "0002_renamed".to_owned() });
    assert_eq!(db.migrate(&[A, renamed, C]).await?, aio_sql::report::MigrationReport::default());
    db.close().await
}

#[on_every_database]
async fn a_squashed_step_runs_on_an_empty_database(db: Database) -> Result<()> {
    let report = db.migrate(&[ALL_IN_ONE, D]).await?;
    assert_eq!((report.steps().len(), report.recorded().len()), (2, 0));
    assert_eq!(db.table_names().await?, ["a", "b", "c", "d"]);
    db.close().await
}

#[on_every_database]
async fn a_database_with_a_part_of_the_replaced_steps_is_refused_with_advice(db: Database) -> Result<()> {
    for (run, missing) in [(&[A][..], "0004"), (&[A, B], "0004"), (&[B, C], "0001")] {
        db.migrate(run).await?;
        let error = db.migrate(&[ALL_IN_ONE, D]).await.expect_err("a part is missing");
        assert_eq!(error.kind(), &ErrorKind::Migration { step: "0004_all".to_owned() });
        let last = format!("`{}`", run[run.len() - 1].name());
        let words = ["(migrations/0004_all.sql)", "replaces 0001..0004", &last, &format!("{missing} was not")];
        assert_says(&error, &words);
        assert_says(&error, &["first run a version of the program that still has these steps"]);
        assert_eq!(names(&db).await?.len(), run.len());
        // The next round begins with an empty database.
        for table in run.iter().map(|step| &step.name()[5..]).chain(["_aio_sql_migrations"]) {
            query(format!("drop table {table}")).execute(&db).await?;
        }
    }
    db.close().await
}
