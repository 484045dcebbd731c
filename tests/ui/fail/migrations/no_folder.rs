use aio_sql::{Migrations, migrations};

static STEPS: Migrations = migrations!("steps");

fn main() {
    println!("{STEPS:?}");
}
