//! Errors name the table with its schema, as its struct does.

use aio_sql::{Database, ErrorKind, Result, Table, query};
use servers::on_every_database;

use crate::{Schemas, with_schemas};

#[derive(Table, Clone, Debug)]
#[table(schema = "s_errors", name = "team")]
struct Team {
    #[column(primary_key)]
    id: i64,
    #[column(unique)]
    name: String,
    #[column(check = "size < 100")]
    size: u8,
}

#[derive(Table, Clone, Debug)]
#[table(schema = "s_errors", name = "member")]
struct Member {
    #[column(primary_key)]
    id: i64,
    #[column(references = Team::ID)]
    team_id: i64,
    #[column(references = Team::ID, deferred)]
    former_id: Option<i64>,
}

async fn teams(db: Database) -> Result<Schemas> {
    let db = with_schemas(db, &["s_errors"]).await?;
    db.create_all((Member, Team)).await?;
    Team::insert(Team { id: 1, name: "red".into(), size: 3 }).execute(&db).await?;
    Member::insert(Member { id: 1, team_id: 1, former_id: None }).execute(&db).await?;
    Ok(db)
}

fn columns(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[on_every_database]
async fn a_violated_constraint_names_the_schema_of_the_table(db: Database) -> Result<()> {
    let db = teams(db).await?;
    let team = |id, name: &str, size| Team::insert(Team { id, name: name.into(), size });
    let table = || "s_errors.team".to_owned();
    let error = team(2, "red", 3).execute(&db).await.expect_err("the name is taken");
    assert_eq!(*error.kind(), ErrorKind::Unique { table: table(), columns: columns(&["name"]) });
    assert_eq!(error.to_string(), "s_errors.team: another row has the same name");
    let error = Team::insert_all([Team { id: 1, name: "blue".into(), size: 3 }]).execute(&db).await;
    let error = error.expect_err("the key is taken");
    assert_eq!(*error.kind(), ErrorKind::Unique { table: table(), columns: columns(&["id"]) });
    let error = team(2, "blue", 100).execute(&db).await.expect_err("it is too large");
    assert!(matches!(error.kind(), ErrorKind::Check { table: of, .. } if *of == table()), "{error:?}");
    assert!(error.to_string().starts_with("s_errors.team.size: "), "{error}");
    let error = Team::find(9).one(&db).await.expect_err("there is none");
    assert_eq!(*error.kind(), ErrorKind::NotFound { table: Some(table()) });
    Ok(())
}

#[on_every_database]
async fn a_violated_foreign_key_names_the_schemas_of_both_tables(db: Database) -> Result<()> {
    let db = teams(db).await?;
    let key = |column: &str| ErrorKind::ForeignKey {
        table: "s_errors.member".to_owned(),
        columns: columns(&[column]),
        references: "s_errors.team".to_owned(),
    };
    let error = Member::insert(Member { id: 2, team_id: 9, former_id: None }).execute(&db).await;
    let error = error.expect_err("there is no such team");
    assert_eq!(*error.kind(), key("team_id"), "{error}");
    assert!(error.to_string().starts_with("s_errors.member.team_id: s_errors.team has no such row"), "{error}");
    let error = Team::delete().all_rows().execute(&db).await.expect_err("a member refers to it");
    assert_eq!(*error.kind(), key("team_id"), "{error}");
    let error = db.drop(Team).await.expect_err("a member refers to it");
    assert_eq!(*error.kind(), key("team_id"), "{error}");
    let error = Member::update().set(Member::FORMER_ID, 7).all_rows().execute(&db).await;
    let error = error.expect_err("there is no such team at the commit");
    assert_eq!(*error.kind(), key("former_id"), "{error}");
    Ok(())
}

#[on_every_database]
async fn a_deferred_key_of_a_schema_fails_alone_although_writes_share_a_commit(db: Database) -> Result<()> {
    let db = teams(db).await?;
    let wrong = (0..20).map(|id| Member::insert(Member { id: 100 + id, team_id: 1, former_id: Some(9) }).execute(&db));
    let right = (0..20).map(|id| Member::insert(Member { id: 200 + id, team_id: 1, former_id: Some(1) }).execute(&db));
    let (wrong, right): (Vec<_>, Vec<_>) = (wrong.map(tokio::spawn).collect(), right.map(tokio::spawn).collect());
    for task in wrong {
        assert!(
            matches!(task.await.expect("no panic"), Err(error) if matches!(error.kind(), ErrorKind::ForeignKey { .. }))
        );
    }
    for task in right {
        task.await.expect("no panic")?;
    }
    assert_eq!(Member::select().count(&db).await?, 21);
    Ok(())
}

#[on_every_database]
async fn a_row_that_cannot_be_read_names_the_schema_of_its_table(db: Database) -> Result<()> {
    #[derive(Table, Debug)]
    #[table(schema = "s_errors_read", name = "note")]
    struct Note {
        #[column(primary_key)]
        id: i64,
        text: String,
    }
    let db = with_schemas(db, &["s_errors_read"]).await?;
    query("create schema if not exists s_errors_read").execute(&db).await.ok();
    query("create table s_errors_read.note (id bigint primary key, text text)").execute(&db).await?;
    Note::insert(Note { id: 1, text: "a".into() }).execute(&db).await?;
    query("update s_errors_read.note set text = null").execute(&db).await?;
    let error = Note::find(1).one(&db).await.expect_err("the text is NULL");
    assert!(error.to_string().starts_with("s_errors_read.note.text: "), "{error}");
    assert!(matches!(error.kind(), ErrorKind::Decode { table: Some(table), .. } if table == "s_errors_read.note"));
    Ok(())
}
