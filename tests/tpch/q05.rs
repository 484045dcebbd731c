//! The revenue from sales of suppliers to customers in their own nation.

use crate::prelude::*;

pub(crate) fn query() -> Select<impl Sized, (String, Money<4>)> {
    Customer::select()
        .join(Order)
        .join(LineItem)
        .join(Supplier)
        .join_via(Supplier::NATION_KEY)
        .join(Region)
        .filter(Supplier::NATION_KEY.eq(Customer::NATION_KEY).and(Region::NAME.eq("ASIA")))
        .filter(Order::ORDER_DATE.in_range(date(1994, 1, 1)..date(1994, 1, 1) + 1.year()))
        .group_by(Nation::NAME)
        .order_by(LineItem::revenue().sum().desc())
        .columns((Nation::NAME, LineItem::revenue().sum()))
}
