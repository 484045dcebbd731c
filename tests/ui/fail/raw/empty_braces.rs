use aio_sql::sql;

fn main() {
    let _ = sql!("select * from users where id = {}");
}
