//! The number of orders of each priority with a late line.

use crate::prelude::*;

pub(crate) fn query() -> Select<impl Sized, (String, i64)> {
    let late = LineItem::select()
        .outer::<Order>()
        .filter(LineItem::ORDER_KEY.eq(Order::ORDER_KEY).and(LineItem::COMMIT_DATE.lt(LineItem::RECEIPT_DATE)));
    Order::select()
        .filter(Order::ORDER_DATE.in_range(date(1993, 7, 1)..date(1993, 7, 1) + 3.months()))
        .filter(exists(late))
        .group_by(Order::PRIORITY)
        .order_by(Order::PRIORITY)
        .columns((Order::PRIORITY, count()))
}
