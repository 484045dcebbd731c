use aio_sql::sql;

fn main() {
    let name = "Dana";
    let _ = sql!("select * from users where name = {nmae}");
}
