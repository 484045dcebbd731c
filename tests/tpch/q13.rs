//! How many customers have how many orders.

use crate::prelude::*;

#[derive(Record)]
struct Placed {
    customer_key: i64,
    orders: i64,
}

pub(crate) fn query() -> Select<impl Sized, (i64, i64)> {
    let own = Order::CUSTOMER_KEY.eq(Customer::CUSTOMER_KEY).and(!Order::COMMENT.like("%special%requests%"));
    let placed = cte(
        Placed,
        Customer::select()
            .left_join_on(Order, own)
            .group_by(Customer::CUSTOMER_KEY)
            .columns((Customer::CUSTOMER_KEY, Order::ORDER_KEY.count())),
    );
    placed
        .select()
        .group_by(Placed::ORDERS)
        .order_by((count().desc(), Placed::ORDERS.desc()))
        .columns((Placed::ORDERS, count()))
}
