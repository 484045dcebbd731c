use aio_sql::Record;

struct Colour(u8, u8, u8);

#[derive(Record)]
struct Line {
    colour: Colour,
}

fn main() {}
