//! The revenue per year that would be lost without small orders.

use crate::prelude::*;

pub(crate) fn query() -> Select<impl Sized, Money<4>> {
    let mean = LineItem::select()
        .outer::<Part>()
        .filter(LineItem::PART_KEY.eq(Part::PART_KEY))
        .columns(LineItem::QUANTITY.avg_to::<2>());
    LineItem::select()
        .join(Part)
        .filter(Part::BRAND.eq("Brand#43").and(Part::CONTAINER.eq("JUMBO BAG")))
        .filter((LineItem::QUANTITY * 5).lt(mean.scalar_subquery()))
        .columns(LineItem::EXTENDED_PRICE.sum().div_to::<4, _>(7))
}
