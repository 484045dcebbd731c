use aio_sql::Table;

#[derive(Table)]
struct Sample {
    #[column(primary_key)]
    id: i64,
    value: f64,
}

fn main() {
    let _ = Sample::select().filter(Sample::VALUE.bit_and(1.0).ne(0.0));
}
