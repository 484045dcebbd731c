//! The customers with the largest orders.

use crate::prelude::*;

type Row = (String, i64, i64, Date, Scaled<2>, Money<2>);

pub(crate) fn query() -> Select<impl Sized, Row> {
    let large = LineItem::select()
        .group_by(LineItem::ORDER_KEY)
        .having(LineItem::QUANTITY.sum().gt(300))
        .columns(LineItem::ORDER_KEY);
    let order = (Customer::NAME, Customer::CUSTOMER_KEY, Order::ORDER_KEY, Order::ORDER_DATE, Order::TOTAL_PRICE);
    let (name, customer, key, date, price) = order;
    Customer::select()
        .join(Order)
        .join(LineItem)
        .filter(Order::ORDER_KEY.is_in(large))
        .group_by(order)
        .order_by((Order::TOTAL_PRICE.desc(), Order::ORDER_DATE))
        .limit(100)
        .columns((name, customer, key, date, price, LineItem::QUANTITY.sum()))
}
