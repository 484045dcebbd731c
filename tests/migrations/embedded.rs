//! The steps of a folder that is embedded when the program is compiled.

use aio_sql::migrations;
use servers::on_every_database;

use super::*;

static STEPS: Migrations = migrations!("tests/migrations/steps");

#[on_every_database]
async fn the_files_of_a_folder_are_the_steps(db: Database) -> Result<()> {
    let steps = STEPS.with("0002_slug", |tx| async move {
        sql!("insert into note (id, text, slug) values (1, 'A word', 'a-word')").execute(&tx).await.map(drop)
    });
    assert_eq!(db.migrate(&steps).await?.steps(), ["0001_init", "0002_slug"]);
    assert_eq!(sql!("select slug from note").scalar::<String>(&db).await?, "a-word");
    let [init, slug] = STEPS.steps() else { panic!("{STEPS:?}") };
    assert_eq!(init.sql(), include_str!("steps/0001_init.sql"));
    assert_eq!(slug.name(), "0002_slug");
    // Errors name the file.
    let error = db.migrate(&STEPS).await.expect_err("the second step is a function");
    assert_says(&error, &["`0002_slug` (tests/migrations/steps/0002_slug.sql)"]);
    db.close().await
}

#[test]
fn steps_can_be_embedded_in_a_constant_and_in_a_function() {
    const CONSTANT: Migrations<'_> = migrations!("tests/migrations/steps");
    assert_eq!(CONSTANT.steps(), migrations!("tests/migrations/steps").steps());
    assert_eq!(CONSTANT.steps(), STEPS.steps());
}
