//! Handles, statements and futures can be sent to another thread, and shared between threads if
//! their documentation says so.

use std::collections::HashMap;

use aio_sql::future::{All, BatchRun, Collect, Execute, ExecuteAll, One, Optional, RowStream, Save, Scalar};
use aio_sql::report::{Metrics, Plan, QueryResult};
use aio_sql::{
    Builder, Condition, Connection, Cursor, Database, Delete, Error, Executor, Insert, Migration, Page, Row, Select,
    Sql, Table, Transaction, Update, Value,
};

#[derive(Table, Clone, Debug)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

fn is_sent<T: Send + 'static>() {}

fn is_shared<T: Send + Sync + 'static>() {}

#[test]
fn handles_are_shared_between_threads() {
    is_shared::<Database>();
    is_shared::<Executor>();
    is_shared::<Connection>();
    is_shared::<Transaction>();
}

#[test]
fn results_can_be_shared_between_threads() {
    is_shared::<Error>();
    is_shared::<Metrics>();
    is_shared::<Plan>();
    is_shared::<QueryResult>();
    is_shared::<Row>();
    is_shared::<Value>();
    is_shared::<Page<User>>();
    is_shared::<Cursor>();
}

#[test]
fn statements_are_sent_to_another_thread() {
    is_sent::<Builder>();
    is_sent::<Migration>();
    is_shared::<Select<User>>();
    is_shared::<Condition<User>>();
    is_shared::<Insert<User>>();
    is_shared::<Update<User>>();
    is_shared::<Delete<User>>();
    is_shared::<Sql>();
}

#[test]
fn futures_are_sent_to_another_thread() {
    is_sent::<All<User>>();
    is_sent::<One<User>>();
    is_sent::<Optional<User>>();
    is_sent::<Scalar<i64>>();
    is_sent::<Execute>();
    is_sent::<ExecuteAll<'static>>();
    is_sent::<RowStream<User>>();
    is_sent::<Save<'static, User>>();
    is_sent::<BatchRun<(All<User>,)>>();
    is_sent::<Collect<(i64, String), HashMap<i64, String>>>();
}
