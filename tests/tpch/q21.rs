//! The suppliers who were the only late ones of several suppliers of an order.

use crate::prelude::*;

alias!(Other = LineItem);

pub(crate) fn query() -> Select<impl Sized, (String, i64)> {
    let others = || {
        Other
            .select()
            .outer::<LineItem>()
            .filter(LineItem::ORDER_KEY.of::<Other>().eq(LineItem::ORDER_KEY))
            .filter(LineItem::SUPPLIER_KEY.of::<Other>().ne(LineItem::SUPPLIER_KEY))
    };
    let late_others = others().filter(LineItem::RECEIPT_DATE.of::<Other>().gt(LineItem::COMMIT_DATE.of::<Other>()));
    Supplier::select()
        .join(LineItem)
        .join(Order)
        .join(Nation)
        .filter(Nation::NAME.eq("UNITED STATES").and(Order::STATUS.eq("F")))
        .filter(LineItem::RECEIPT_DATE.gt(LineItem::COMMIT_DATE))
        .filter(exists(others()).and(not_exists(late_others)))
        .group_by(Supplier::NAME)
        .order_by((count().desc(), Supplier::NAME))
        .limit(100)
        .columns((Supplier::NAME, count()))
}
