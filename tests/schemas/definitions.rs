//! Creating, inspecting and comparing tables in schemas.

use aio_sql::{Database, Dialect, ErrorKind, Inspect, Result, Table};
use servers::on_every_database;

use crate::with_schemas;

#[derive(Table, Clone, Debug)]
#[table(schema = "s_definitions", name = "team", index(name), unique(name, city))]
struct Team {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    city: String,
}

#[derive(Table, Clone, Debug)]
#[table(schema = "s_definitions", name = "member")]
struct Member {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Team::ID, on_delete = cascade, index)]
    team_id: i64,
}

/// The same table with another shape.
#[derive(Table, Clone, Debug)]
#[table(schema = "s_definitions", name = "member")]
struct OtherMember {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

/// A table of the default schema that refers to another one.
#[derive(Table, Clone, Debug)]
struct Fan {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Team::ID)]
    team_id: i64,
}

#[on_every_database]
async fn existing_tables_are_compared_with_their_structs(db: Database) -> Result<()> {
    let db = with_schemas(db, &["s_definitions"]).await?;
    db.create_if_missing((Member, Team)).await?;
    db.create_if_missing((Member, Team)).await?;
    let error = db.create_if_missing(OtherMember).await.expect_err("the table has another shape");
    let ErrorKind::Shape { table, differences } = error.kind() else { panic!("{error:?}") };
    assert_eq!((table.as_str(), differences.len()), ("s_definitions.member", 2), "{differences:?}");
    let error = db.create_all(Team).await.expect_err("it exists");
    assert!(error.to_string().contains("the table s_definitions.team already exists"), "{error}");
    Ok(())
}

#[on_every_database]
async fn schemas_are_inspected_and_are_what_the_structs_declare(db: Database) -> Result<()> {
    let db = with_schemas(db, &["s_definitions"]).await?;
    db.create_all((Member, Team)).await?;
    let found = db.inspect_with(Inspect::new().schema("s_definitions")).await?;
    let names: Vec<_> = found.tables().iter().map(|table| (table.schema(), table.name())).collect();
    assert_eq!(names, [("s_definitions", "member"), ("s_definitions", "team")]);
    let member = found.table("member").expect("it was just created");
    assert_eq!(member.foreign_keys()[0].schema(), "s_definitions");
    assert_eq!(member.indexes().len(), 1);
    let wanted = db.schema_of((Member, Team)).await?;
    assert_eq!(wanted.names()[1], "s_definitions");
    let differences: Vec<_> = wanted.differences(&found)?.iter().map(ToString::to_string).collect();
    assert_eq!(differences, [""; 0]);
    let other = db.schema_of((OtherMember, Team)).await?;
    let differences: Vec<_> = other.differences(&found)?.iter().map(ToString::to_string).collect();
    let parts = ["column `name`", "column `team_id`", "index `ix_member_team_id`", "foreign key (team_id)"];
    let fits = differences.iter().zip(parts).all(|(found, part)| found.contains(part));
    assert!(differences.len() == parts.len() && fits, "{differences:?}");
    Ok(())
}

#[on_every_database]
async fn a_foreign_key_leaves_its_schema_only_on_a_server(db: Database) -> Result<()> {
    let db = with_schemas(db, &["s_definitions"]).await?;
    let created = db.create_all((Team, Fan)).await;
    if db.dialect() == Dialect::Sqlite {
        let error = created.expect_err("a key cannot leave its file");
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error:?}");
        let key = "foreign key from one file to another: fan.team_id refers to s_definitions.team";
        assert!(error.to_string().contains(key), "{error}");
        assert!(!db.has_table_in("s_definitions", "team").await?);
        return Ok(());
    }
    created?;
    db.create_if_missing((Team, Fan)).await?;
    let wanted = db.schema_of((Team, Fan)).await?;
    let found = db.inspect_with(Inspect::new().schema("s_definitions")).await?;
    assert_eq!(wanted.differences(&found)?.iter().map(ToString::to_string).collect::<Vec<_>>(), [""; 0]);
    let error = Fan::insert(NewFan { team_id: 3 }).execute(&db).await.expect_err("there is no such team");
    let ErrorKind::ForeignKey { table, references, .. } = error.kind() else { panic!("{error:?}") };
    assert_eq!((table.as_str(), references.as_str()), ("fan", "s_definitions.team"));
    db.drop_all((Team, Fan)).await
}

#[test]
fn the_text_of_a_definition_names_the_schema() -> Result<()> {
    let sqlite = Dialect::Sqlite.ddl((Member, Team))?;
    assert!(sqlite.iter().any(|text| text.starts_with(r#"CREATE TABLE "s_definitions"."team" ("#)), "{sqlite:#?}");
    assert!(sqlite.iter().any(|text| text.contains(r#" REFERENCES "team" ("id")"#)), "{sqlite:#?}");
    let index = r#"CREATE INDEX "s_definitions"."ix_team_name" ON "team" ("name")"#;
    assert!(sqlite.iter().any(|text| text == index), "{sqlite:#?}");
    let postgres = Dialect::Postgres.ddl((Member, Team))?;
    assert_eq!(postgres[0], r#"CREATE SCHEMA IF NOT EXISTS "s_definitions""#);
    let index = r#"CREATE INDEX "ix_team_name" ON "s_definitions"."team" ("name")"#;
    assert!(postgres.iter().any(|text| text == index), "{postgres:#?}");
    assert!(postgres.iter().any(|text| text.contains(r#" REFERENCES "s_definitions"."team" ("id")"#)), "{postgres:#?}");
    Ok(())
}
