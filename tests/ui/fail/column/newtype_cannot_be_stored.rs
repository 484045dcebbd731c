use aio_sql::SqlType;

struct Colour(u8, u8, u8);

#[derive(SqlType)]
struct Paint(Colour);

fn main() {}
