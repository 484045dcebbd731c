use aio_sql::{Migrations, migrations};

static STEPS: Migrations = migrations!();

fn main() {
    println!("{STEPS:?}");
}
