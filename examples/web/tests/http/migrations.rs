//! The steps of the schema.

use aio_sql::Dialect;
use aio_sql_example_web::database::STEPS;
use aio_sql_example_web::tags::{Tag, TaskTag};
use aio_sql_example_web::tasks::Task;
use aio_sql_example_web::tokens::Token;

#[tokio::test]
async fn the_steps_keep_all_rows_and_end_with_the_schema_of_the_structs() {
    aio_sql::testing::migrations(&STEPS).tables((Task, Tag, TaskTag, Token)).check().await.unwrap();
}

#[test]
fn the_first_step_of_postgresql_creates_the_tables_of_the_structs() {
    let statements = Dialect::Postgres.ddl((Task, Tag, TaskTag, Token)).unwrap();
    let step: String = statements.iter().map(|statement| format!("{statement};\n\n")).collect();
    let file = include_str!("../../migrations/postgres/0001_init.sql");
    assert_eq!(file.trim_end(), step.trim_end());
}
