use aio_sql::Table;

struct Colour(u8, u8, u8);

#[derive(Table)]
struct Car {
    #[column(primary_key, auto)]
    id: i64,
    colour: Colour,
}

fn main() {
    let _ = Car::select();
}
