//! The supplier who sold the most in a quarter.

use crate::prelude::*;

#[derive(Record)]
struct Revenue {
    supplier_key: i64,
    #[record(scale = 4)]
    total: Option<Decimal>,
}

type Row = (i64, String, String, String, Money<4>);

pub(crate) fn query() -> Select<impl Sized, Row> {
    let revenue = cte(
        Revenue,
        LineItem::select()
            .filter(LineItem::SHIP_DATE.in_range(date(1996, 1, 1)..date(1996, 1, 1) + 3.months()))
            .group_by(LineItem::SUPPLIER_KEY)
            .columns((LineItem::SUPPLIER_KEY, LineItem::revenue().sum())),
    );
    Supplier::select()
        .join_on(&revenue, Revenue::SUPPLIER_KEY.eq(Supplier::SUPPLIER_KEY))
        .filter(Revenue::TOTAL.eq(revenue.select().columns(Revenue::TOTAL.max()).scalar_subquery()))
        .order_by(Supplier::SUPPLIER_KEY)
        .columns((Supplier::SUPPLIER_KEY, Supplier::NAME, Supplier::ADDRESS, Supplier::PHONE, Revenue::TOTAL))
}
