//! The ten unshipped orders with the highest value.

use crate::prelude::*;

type Row = (i64, Money<4>, Date, i32);

pub(crate) fn query() -> Select<impl Sized, Row> {
    let day = date(1995, 3, 15);
    Customer::select()
        .join(Order)
        .join(LineItem)
        .filter(Customer::SEGMENT.eq("BUILDING").and(Order::ORDER_DATE.lt(day)).and(LineItem::SHIP_DATE.gt(day)))
        .group_by((LineItem::ORDER_KEY, Order::ORDER_DATE, Order::SHIP_PRIORITY))
        .order_by((LineItem::revenue().sum().desc(), Order::ORDER_DATE))
        .limit(10)
        .columns((LineItem::ORDER_KEY, LineItem::revenue().sum(), Order::ORDER_DATE, Order::SHIP_PRIORITY))
}
