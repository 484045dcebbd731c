//! Customers with more money than the mean and without orders, by the country of their phone.

use crate::prelude::*;

pub(crate) fn query() -> Select<impl Sized, (String, i64, Money<2>)> {
    let code = || Customer::PHONE.substring(1, 2);
    let here = || code().is_in(["13", "31", "23", "29", "30", "18", "17"]);
    let mean = Customer::select().filter(here().and(Customer::BALANCE.gt(0))).columns(Customer::BALANCE.avg_to::<2>());
    let orders = Order::select().outer::<Customer>().filter(Order::CUSTOMER_KEY.eq(Customer::CUSTOMER_KEY));
    Customer::select()
        .filter(here().and(Customer::BALANCE.gt(mean.scalar_subquery())).and(not_exists(orders)))
        .group_by(code())
        .order_by(code())
        .columns((code(), count(), Customer::BALANCE.sum()))
}
