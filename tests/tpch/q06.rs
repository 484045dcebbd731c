//! The revenue lost by small discounts.

use crate::prelude::*;

pub(crate) fn query() -> Select<impl Sized, Money<4>> {
    LineItem::select()
        .filter(LineItem::SHIP_DATE.in_range(date(1994, 1, 1)..date(1994, 1, 1) + 1.year()))
        .filter(LineItem::DISCOUNT.between(Decimal::new(5, 2), Decimal::new(7, 2)).and(LineItem::QUANTITY.lt(24)))
        .columns((LineItem::EXTENDED_PRICE * LineItem::DISCOUNT).sum())
}
