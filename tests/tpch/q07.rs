//! The trade between two nations, by year.

use crate::prelude::*;

alias!(CustomerNation = Nation);

pub(crate) fn query() -> Select<impl Sized, (String, String, i64, Money<4>)> {
    let (supplier, customer) = (Nation::NAME, Nation::NAME.of::<CustomerNation>());
    let trade = (supplier, customer, LineItem::SHIP_DATE.year());
    Supplier::select()
        .join(LineItem)
        .join(Order)
        .join(Customer)
        .join_via(Supplier::NATION_KEY)
        .join_via(Customer::NATION_KEY.to::<CustomerNation>())
        .filter(
            (supplier.eq("FRANCE").and(customer.eq("GERMANY"))).or(supplier.eq("GERMANY").and(customer.eq("FRANCE"))),
        )
        .filter(LineItem::SHIP_DATE.between(date(1995, 1, 1), date(1996, 12, 31)))
        .group_by(trade.clone())
        .order_by(trade)
        .columns((supplier, customer, LineItem::SHIP_DATE.year(), LineItem::revenue().sum()))
}
