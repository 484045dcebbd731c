//! Whether cheap shipping makes urgent orders late.

use crate::prelude::*;

pub(crate) fn query() -> Select<impl Sized, (String, i64, i64)> {
    let urgent = || Order::PRIORITY.is_in(["1-URGENT", "2-HIGH"]);
    Order::select()
        .join(LineItem)
        .filter(LineItem::SHIP_MODE.is_in(["MAIL", "SHIP"]))
        .filter(LineItem::COMMIT_DATE.lt(LineItem::RECEIPT_DATE).and(LineItem::SHIP_DATE.lt(LineItem::COMMIT_DATE)))
        .filter(LineItem::RECEIPT_DATE.in_range(date(1994, 1, 1)..date(1994, 1, 1) + 1.year()))
        .group_by(LineItem::SHIP_MODE)
        .order_by(LineItem::SHIP_MODE)
        .columns((LineItem::SHIP_MODE, count().filter(urgent()), count().filter(!urgent())))
}
