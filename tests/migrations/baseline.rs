//! Steps that are recorded without being run.

use servers::on_every_database;

use super::*;

static STEPS: Migrations = Migrations::new(&[
    Migration::new("0001_init", "create table note (id integer primary key)"),
    Migration::new("0002_text", "alter table note add column text text"),
    Migration::new("0003_index", "create index note_text on note (text)"),
]);

#[on_every_database]
async fn the_steps_up_to_the_last_one_are_recorded_and_the_others_run(db: Database) -> Result<()> {
    db.execute_script("create table note (id integer primary key, text text)").await?;
    let report = db.baseline(&STEPS, "0002_text").await?;
    assert_eq!((report.steps().len(), report.recorded()), (0, &["0001_init".to_owned(), "0002_text".to_owned()][..]));
    assert_eq!(db.migrate(&STEPS).await?.steps(), ["0003_index"]);
    let error = db.baseline(&STEPS, "0002_text").await.expect_err("there is a history");
    assert_eq!(error.kind(), &ErrorKind::Migration { step: "0001_init".to_owned() });
    assert_says(&error, &["history", "`0001_init`", "`migrate`"]);
    db.close().await
}

#[on_every_database]
async fn a_step_that_does_not_exist_is_not_recorded(db: Database) -> Result<()> {
    let error = db.baseline(&STEPS, "0002").await.expect_err("there is no such step");
    assert_eq!(error.kind(), &ErrorKind::Usage);
    assert_says(&error, &["`0002`", "`0002_text`", "`0003_index`"]);
    assert_eq!(db.migrate(&STEPS).await?.steps().len(), 3);
    db.close().await
}
