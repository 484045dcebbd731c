//! What SQLAlchemy's Inspector answers, method by method, and the way to it here.

use serde_json::Value;

use super::*;

const SCRIPT: &str = "
    create table team (id integer primary key, name text not null default 'none' collate nocase,
        constraint uq unique (name), constraint ck check (length(name) > 1)) strict;
    create table member (team integer constraint fk references team on delete cascade, day text,
        constraint pk primary key (team, day)) without rowid;
    create index by_day on member (day desc) where day <> '';
    create view names as select name from team;
    create temp table scratch (a);
    create temp view passing as select 1 as one;
    attach ':memory:' as archive;
    create table archive.old (id integer primary key)";

fn names<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    all.collect()
}

/// Checks the way to the answers of one method of the Inspector. Fails if there is none.
fn assert_has_way(method: &str, schema: &Schema) {
    let (team, member) = (schema.table("team").unwrap(), schema.table("member").unwrap());
    match method {
        "default_schema_name" => assert_eq!(schema.default_name(), "main"),
        "get_schema_names" => assert_eq!(schema.names(), ["main", "temp", "archive"]),
        "has_schema" => assert!(schema.names().iter().any(|name| name == "archive")),
        "get_table_names" => {
            let tables = schema.tables().iter().filter(|table| table.schema() == "main");
            assert_eq!(names(tables.map(Table::name)), ["member", "team"]);
        }
        "get_temp_table_names" => {
            let tables = schema.tables().iter().filter(|table| table.schema() == "temp");
            assert_eq!(names(tables.map(Table::name)), ["scratch"]);
        }
        "get_view_names" => {
            let views = schema.views().iter().filter(|view| view.schema() == "main");
            assert_eq!(names(views.map(|view| view.name())), ["names"]);
        }
        "get_temp_view_names" => {
            let views = schema.views().iter().filter(|view| view.schema() == "temp");
            assert_eq!(names(views.map(|view| view.name())), ["passing"]);
        }
        "get_view_definition" => {
            assert_eq!(schema.view("NAMES").unwrap().sql(), "CREATE VIEW names as select name from team");
        }
        // SQLite stores no result of a view. A database that does would have a kind of table.
        "get_materialized_view_names" => {
            assert!(schema.views().iter().all(|view| view.sql().starts_with("CREATE VIEW")));
        }
        "get_sequence_names" | "has_sequence" => assert!(schema.sequences().is_empty() && schema.enums().is_empty()),
        // One call reads all tables, so that each method of one table is also that of many.
        "get_columns" | "get_multi_columns" => {
            let name = team.column("Name").unwrap();
            assert_eq!((name.declared_type(), name.type_class(), name.is_nullable()), ("TEXT", "TEXT", false));
            assert_eq!((name.default(), name.collation(), name.comment()), (Some("'none'"), Some("nocase"), None));
        }
        "get_pk_constraint" | "get_multi_pk_constraint" => {
            let key = member.primary_key().unwrap();
            assert_eq!((key.name(), key.columns()), (Some("pk"), vec!["team", "day"]));
        }
        "get_foreign_keys" | "get_multi_foreign_keys" => {
            let key = &member.foreign_keys()[0];
            assert_eq!((key.name(), key.table(), key.targets()), (Some("fk"), "team", &["id".to_owned()][..]));
        }
        "get_indexes" | "get_multi_indexes" => {
            let index = &member.indexes()[0];
            assert_eq!((index.name(), index.condition(), index.is_unique()), ("by_day", Some("day <> ''"), false));
            assert_eq!((index.parts()[0].column(), index.parts()[0].is_descending()), (Some("day"), true));
        }
        "has_index" => assert!(member.index("BY_DAY").is_some() && team.index("by_day").is_none()),
        "get_unique_constraints" | "get_multi_unique_constraints" => {
            assert_eq!((team.uniques()[0].name(), team.uniques()[0].columns()), (Some("uq"), vec!["name"]));
        }
        "get_check_constraints" | "get_multi_check_constraints" => {
            assert_eq!((team.checks()[0].name(), team.checks()[0].expression()), (Some("ck"), "length(name) > 1"));
        }
        "get_table_comment" | "get_multi_table_comment" => assert_eq!(team.comment(), None),
        "get_table_options" | "get_multi_table_options" => {
            assert!(team.is_strict() && member.is_without_rowid());
            assert_eq!((team.kind(), team.conflict_clauses().len()), (&TableKind::Ordinary, 0));
        }
        "has_table" => assert!(schema.table("TEAM").is_some() && schema.table("nothing").is_none()),
        "get_sorted_table_and_fkc_names" | "sort_tables_on_foreign_key_dependency" => {
            let order = schema.in_key_order();
            assert_eq!(names(order.tables().iter().map(|table| table.name())), ["team", "member", "scratch", "old"]);
            assert!(order.circles().is_empty());
        }
        // It makes an object that writes queries for the table. Here that is a struct, which
        // cannot be made while the program runs; its source is made by the command line tool.
        "reflect_table" => assert_eq!(names(team.columns().iter().map(Column::name)), ["id", "name"]),
        // Nothing is cached: each call reads, and what it returns belongs to the caller.
        "clear_cache" => {}
        // An older way to construct the Inspector.
        "from_engine" => {}
        _ => panic!("{method} has no way here"),
    }
}

#[tokio::test]
async fn every_answer_of_sqlalchemys_inspector_has_its_way_here() -> Result<()> {
    let schema = schema(SCRIPT, Inspect::new().temporary().all_schemas()).await?;
    let answers: Value = serde_json::from_str(include_str!("data/sqlalchemy.json")).unwrap();
    let methods = answers["methods"].as_array().unwrap();
    assert!(methods.len() > 30);
    for method in methods {
        assert_has_way(method.as_str().unwrap(), &schema);
    }
    Ok(())
}
