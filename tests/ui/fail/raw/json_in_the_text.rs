use aio_sql::sql;

fn main() {
    let _ = sql!(r#"insert into settings values ('{"dark": true}')"#);
}
