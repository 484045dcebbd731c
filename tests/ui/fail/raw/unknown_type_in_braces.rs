use aio_sql::sql;

struct Colour(u8, u8, u8);

fn main() {
    let colour = Colour(255, 0, 0);
    let _ = sql!("select * from cars where colour = {colour}");
}
