use aio_sql::{Interval, Table};

#[derive(Table)]
struct Loan {
    period: Interval,
}

fn main() {
    let _ = Loan::select().order_by(Loan::PERIOD);
}
