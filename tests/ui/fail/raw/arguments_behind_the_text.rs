use aio_sql::sql;

fn main() {
    let id = 1;
    let _ = sql!("select * from users where id = ?", id);
}
