//! The customers who sent back the most.

use crate::prelude::*;

type Row = (i64, String, Money<4>, Scaled<2>, String, String, String, String);

pub(crate) fn query() -> Select<impl Sized, Row> {
    Customer::select()
        .join(Order)
        .join(LineItem)
        .join(Nation)
        .filter(Order::ORDER_DATE.in_range(date(1993, 10, 1)..date(1993, 10, 1) + 3.months()))
        .filter(LineItem::RETURN_FLAG.eq("R"))
        .group_by((Customer::CUSTOMER_KEY, Customer::NAME, Customer::BALANCE, Customer::PHONE, Nation::NAME))
        .group_by((Customer::ADDRESS, Customer::COMMENT))
        .order_by(LineItem::revenue().sum().desc())
        .limit(20)
        .columns((
            Customer::CUSTOMER_KEY,
            Customer::NAME,
            LineItem::revenue().sum(),
            Customer::BALANCE,
            Nation::NAME,
            Customer::ADDRESS,
            Customer::PHONE,
            Customer::COMMENT,
        ))
}
