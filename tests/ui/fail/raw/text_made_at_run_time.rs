use aio_sql::sql;

fn main() {
    let text = format!("select * from {}", "users");
    let _ = sql!(text);
}
