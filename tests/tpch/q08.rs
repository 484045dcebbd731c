//! The share of a nation's suppliers in the purchases of a region.

use crate::prelude::*;

alias!(SupplierNation = Nation);

pub(crate) fn query() -> Select<impl Sized, (i64, Money<4>)> {
    let american = Nation::NAME.of::<SupplierNation>().eq("UNITED STATES");
    let volume = case::<Scaled<4>>().when(american, LineItem::revenue()).otherwise(Decimal::ZERO);
    Part::select()
        .join(LineItem)
        .join(Supplier)
        .join(Order)
        .join(Customer)
        .join_via(Customer::NATION_KEY)
        .join(Region)
        .join_via(Supplier::NATION_KEY.to::<SupplierNation>())
        .filter(Region::NAME.eq("AMERICA").and(Part::KIND.eq("ECONOMY ANODIZED STEEL")))
        .filter(Order::ORDER_DATE.between(date(1995, 1, 1), date(1996, 12, 31)))
        .group_by(Order::ORDER_DATE.year())
        .order_by(Order::ORDER_DATE.year())
        .columns((Order::ORDER_DATE.year(), volume.sum().div_to::<4, _>(LineItem::revenue().sum())))
}
