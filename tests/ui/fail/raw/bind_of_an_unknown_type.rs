use aio_sql::query;

struct Colour(u8, u8, u8);

fn main() {
    let _ = query("select * from cars where colour = ?").bind(Colour(255, 0, 0));
}
