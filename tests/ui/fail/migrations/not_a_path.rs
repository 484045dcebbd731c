use aio_sql::{Migrations, migrations};

const FOLDER: &str = "steps";
static STEPS: Migrations = migrations!(FOLDER);

fn main() {
    println!("{STEPS:?} {FOLDER}");
}
