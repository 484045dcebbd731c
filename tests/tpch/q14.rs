//! How much of a month's revenue came from promoted parts, in percent.

use crate::prelude::*;

pub(crate) fn query() -> Select<impl Sized, Money<4>> {
    let promoted = case::<Scaled<4>>().when(Part::KIND.starts_with("PROMO"), LineItem::revenue()).otherwise(Decimal::ZERO);
    LineItem::select()
        .join(Part)
        .filter(LineItem::SHIP_DATE.in_range(date(1995, 9, 1)..date(1995, 9, 1) + 1.month()))
        .columns((promoted.sum() * 100).div_to::<4, _>(LineItem::revenue().sum()))
}
