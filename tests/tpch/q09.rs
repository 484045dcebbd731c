//! The profit on some parts, by nation and year.

use crate::prelude::*;

pub(crate) fn query() -> Select<impl Sized, (String, i64, Money<4>)> {
    let profit = LineItem::revenue() - PartSupplier::COST * LineItem::QUANTITY;
    LineItem::select()
        .join(PartSupplier)
        .join_via(LineItem::PART_KEY)
        .join_via(LineItem::SUPPLIER_KEY)
        .join(Order)
        .join(Nation)
        .filter(Part::NAME.contains("green"))
        .group_by((Nation::NAME, Order::ORDER_DATE.year()))
        .order_by((Nation::NAME, Order::ORDER_DATE.year().desc()))
        .columns((Nation::NAME, Order::ORDER_DATE.year(), profit.sum()))
}
