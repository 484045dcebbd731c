use std::time::SystemTime;

use aio_sql::Table;

#[derive(Table)]
struct Loan {
    begin: SystemTime,
}

fn main() {
    let _ = Loan::select().columns(Loan::BEGIN.plus(30));
}
