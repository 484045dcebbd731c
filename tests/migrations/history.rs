//! The steps of the program are compared with those that were run. What does not fit is an error
//! that names the step, its file and the database, and says what to do.

use aio_sql::report::MigrationReport;
use servers::on_every_database;

use super::*;

const INIT: Migration<'_> = Migration::new(
    "0001_init",
    "create table note (id bigint primary key, text text);\ninsert into note values (1, 'one;\ntwo')",
)
.file("migrations/0001_init.sql");
const TITLE: Migration<'_> =
    Migration::new("0002_title", "alter table note add column title text").file("migrations/0002_title.sql");
const INDEX: Migration<'_> =
    Migration::new("0003_index", "create index note_title on note (title)").file("migrations/0003_index.sql");

/// Checks that migrating has failed because of this step, and that the error contains the step,
/// the kind of database and these words.
#[track_caller]
fn assert_refused(result: Result<MigrationReport>, step: &str, words: &[&str]) {
    let error = result.expect_err("the histories differ");
    assert_eq!(error.kind(), &ErrorKind::Migration { step: step.to_owned() }, "{error}");
    assert_says(&error, words);
    let has_database = ["postgres://", "memory.db"].iter().any(|address| error.to_string().contains(address));
    assert!(has_database && error.to_string().contains(step), "{error}");
}

#[on_every_database]
async fn the_form_of_a_file_may_change_and_its_meaning_may_not(db: Database) -> Result<()> {
    db.migrate(&[INIT, TITLE]).await?;
    let text = INIT.sql();
    let forms = [
        ("CRLF", text.replace('\n', "\r\n")),
        ("a byte order mark", format!("\u{feff}{text}")),
        ("a last semicolon", format!("{text};")),
        ("several last semicolons", format!("{text} ; ;\n;\n")),
        ("a line comment", format!("-- The notes.\n{text} -- the end")),
        ("a block comment", format!("/* the notes; */{text}")),
        ("a directive", format!("-- aio-sql: accepts loss of draft\n{text}")),
        ("white space", text.replace("create table ", "create\n\ttable  ")),
        ("all of them", format!("\u{feff}-- x\r\n{};\r\n", text.replace('\n', "\r\n").replace("create ", " create  "))),
    ];
    for (what, sql) in &forms {
        let report = db.migrate(&[Migration::new("0001_init", sql), TITLE]).await;
        assert!(report.as_ref().is_ok_and(|report| report.steps().is_empty()), "{what}: {report:?}");
    }
    for sql in [
        text.replace("one;", "one; "),
        text.replace("\ntwo", "\n\ntwo"),
        text.replace("one;", "-- one;"),
        text.replace("note (id", "\"note\" (id"),
        text.replace("create", "CREATE"),
        format!("select 1; {text}"),
        format!("{text}; select 1"),
        format!("{text}\u{feff}"),
    ] {
        let step = Migration::new("0001_init", &sql).file("migrations/0001_init.sql");
        let words = ["step 1", "migrations/0001_init.sql", "changed", "undo the change", "new step"];
        assert_refused(db.migrate(&[step, TITLE]).await, "0001_init", &words);
    }
    db.close().await
}

#[on_every_database]
async fn a_file_with_the_line_ends_of_windows_stores_the_same_rows_and_history(db: Database) -> Result<()> {
    let windows = format!("\u{feff}{}", INIT.sql().replace('\n', "\r\n"));
    db.migrate(&[Migration::new("0001_init", &windows)]).await?;
    assert_eq!(sql!("select text from note").scalar::<String>(&db).await?, "one;\ntwo");
    assert_eq!(sql!("select sql from _aio_sql_migrations").scalar::<String>(&db).await?, INIT.sql());
    assert_eq!(db.migrate(&[INIT]).await?.steps().len(), 0);
    db.close().await
}

#[on_every_database]
async fn a_step_that_was_added_before_one_that_was_run_is_named(db: Database) -> Result<()> {
    db.migrate(&[INIT, INDEX_ALONE]).await?;
    let words = ["`0002_title` (migrations/0002_title.sql) was not run", "`0003_alone`", "to the end", "higher number"];
    assert_refused(db.migrate(&[INIT, TITLE, INDEX_ALONE]).await, "0002_title", &words);
    assert!(sql!("select title from note").all::<String>(&db).await.is_err(), "it was not run");
    db.close().await
}

const INDEX_ALONE: Migration<'_> = Migration::new("0003_alone", "create index note_text on note (text)");

#[on_every_database]
async fn steps_that_were_removed_renamed_or_exchanged_are_named(db: Database) -> Result<()> {
    db.migrate(&[INIT, TITLE, INDEX]).await?;
    let renamed = Migration::new("0002_titles", TITLE.sql()).file("migrations/0002_titles.sql");
    let other = Migration::new("0002_other", "create table other (x)").file("migrations/0002_other.sql");
    for (steps, words) in [
        (vec![INIT, INDEX], ["step 2", "is missing here", "restore it"]),
        (vec![INIT, renamed, INDEX], ["step 2", "(migrations/0002_titles.sql)", "restore its name"]),
        (vec![INIT, other, INDEX], ["step 2", "(migrations/0002_other.sql)", "restore the step `0002_title`"]),
        (vec![INIT, other], ["step 2", "(migrations/0002_other.sql)", "behind it"]),
        (vec![INIT, INDEX, TITLE], ["step 2", "(migrations/0003_index.sql)", "the order"]),
    ] {
        assert_refused(db.migrate(&steps).await, "0002_title", &words);
    }
    assert!(!db.has_table("other").await?);
    db.close().await
}

#[on_every_database]
async fn a_newer_database_is_refused_unless_it_is_allowed(db: Database) -> Result<()> {
    db.migrate(&[INIT, TITLE, INDEX]).await?;
    let old = Migrations::new(&[INIT, TITLE]);
    assert_refused(db.migrate(&old).await, "0003_index", &["step 3", "missing here", "`Migrations::allow_newer`"]);
    assert!(db.migrate(old.allow_newer()).await?.steps().is_empty());
    // `allow_newer` allows no other difference.
    let changed = [Migration::new("0001_init", "create table note (id)")];
    assert_refused(db.migrate(Migrations::new(&changed).allow_newer()).await, "0001_init", &["changed"]);
    let branch = [INIT, TITLE, Migration::new("0003_other", "create table other (x)")];
    assert_refused(db.migrate(Migrations::new(&branch).allow_newer()).await, "0003_index", &["`0003_other`"]);
    db.close().await
}

/// Returns how many requests a call of `migrate` sends that has nothing to do.
async fn requests_for(db: &Database, steps: &[Migration<'_>]) -> Result<u64> {
    let before = requests(db);
    assert_eq!(db.migrate(steps).await?, MigrationReport::default());
    Ok(requests(db) - before)
}

#[on_every_database]
async fn where_nothing_is_pending_one_read_tells_so(db: Database) -> Result<()> {
    let steps = [INIT, TITLE, INDEX];
    db.migrate(&steps[..1]).await?;
    db.migrate(&steps[..2]).await?;
    assert_eq!(requests_for(&db, &steps[..2]).await?, 1);
    db.migrate(&steps).await?;
    assert_eq!(requests_for(&db, &steps).await?, 1);
    // Files of another checkout.
    let windows = INIT.sql().replace('\n', "\r\n");
    let other = [Migration::new("0001_init", &windows), TITLE, INDEX];
    assert_eq!(requests_for(&db, &other).await?, 1);
    // Only the texts tell whether a change of one is a change of its meaning.
    let commented = format!("-- The notes.\n{}", INIT.sql());
    let other = [Migration::new("0001_init", &commented), TITLE, INDEX];
    assert_eq!(requests_for(&db, &other).await?, 2);
    let more = Migration::new("0004_more", "select 1");
    let other = [other[0], TITLE, INDEX, more];
    db.migrate(&other).await?;
    assert_eq!(requests_for(&db, &other).await?, 1);
    db.close().await
}

#[on_every_database]
async fn steps_that_were_recorded_without_being_run_are_told_by_one_read_too(db: Database) -> Result<()> {
    let steps = [INIT, TITLE, INDEX];
    db.baseline(&steps, "0003_index").await?;
    assert_eq!(requests_for(&db, &steps).await?, 1);
    db.close().await
}

#[on_every_database]
async fn a_record_that_was_deleted_by_hand_is_missed(db: Database) -> Result<()> {
    let steps = [INIT, TITLE, INDEX];
    db.migrate(&steps).await?;
    db.execute_script("delete from _aio_sql_migrations where name = '0002_title'").await?;
    assert_refused(db.migrate(&steps).await, "0002_title", &["was not run", "`0003_index`"]);
    db.close().await
}

#[on_every_database]
async fn mistakes_in_the_steps_are_refused_before_anything_runs(db: Database) -> Result<()> {
    let again = Migration::new("0001_init", "create table other (x)").file("migrations/0001_init_2.sql");
    let nowhere = Migration::new("0002_title", "-- aio-sql: rebuilt note\nselect 1").file("migrations/0002_title.sql");
    for (steps, words) in [
        (vec![INIT, again], ["one name", "(migrations/0001_init.sql)", "(migrations/0001_init_2.sql)"]),
        (vec![INIT, nowhere], ["`rebuilt note`", "(migrations/0002_title.sql)", "`accepts loss of TABLE.COLUMN, …`"]),
    ] {
        let error = db.migrate(&steps).await.expect_err("a mistake");
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
        assert_says(&error, &words);
        assert!(!db.has_table("note").await? && !db.has_table("_aio_sql_migrations").await?);
    }
    db.close().await
}

#[on_every_database]
async fn steps_are_given_as_a_static_a_slice_or_a_vector(db: Database) -> Result<()> {
    static STEPS: Migrations = Migrations::new(&[INIT, TITLE]);
    assert_eq!(db.migrate(&STEPS).await?.steps(), ["0001_init", "0002_title"]);
    assert_eq!(STEPS.steps()[1].file(""), TITLE.file(""));
    assert_eq!(db.migrate(STEPS.clone()).await?.steps().len(), 0);
    assert_eq!(db.migrate(&[INIT, TITLE]).await?.steps().len(), 0);
    assert_eq!(db.migrate([INIT, TITLE].as_slice()).await?.steps().len(), 0);
    assert_eq!(db.migrate(&vec![(INIT.name(), INIT.sql()), ("0002_title", TITLE.sql())]).await?.steps().len(), 0);
    let shown = format!("{:?}", STEPS.with("0002_title", |_| async { Ok(()) }));
    assert!(shown.contains("0001_init") && shown.contains("functions: [\"0002_title\"]"), "{shown}");
    db.close().await
}
