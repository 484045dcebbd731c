use aio_sql::sql;

fn main() {
    let ids = vec![Some(1), None];
    let _ = sql!("select * from users where id in ({ids})");
}
