//! Sums and means of the lines of orders, by their return flag and their status.

use crate::prelude::*;

type Row = (String, String, Money<2>, Money<2>, Money<4>, Money<6>, Money<4>, Money<4>, Money<4>, i64);

pub(crate) fn query() -> Select<impl Sized, Row> {
    let state = (LineItem::RETURN_FLAG, LineItem::LINE_STATUS);
    LineItem::select()
        .filter(LineItem::SHIP_DATE.le(date(1998, 12, 1) - 90.days()))
        .group_by(state)
        .order_by(state)
        .columns((
            LineItem::RETURN_FLAG,
            LineItem::LINE_STATUS,
            LineItem::QUANTITY.sum(),
            LineItem::EXTENDED_PRICE.sum(),
            LineItem::revenue().sum(),
            (LineItem::revenue() * (Decimal::ONE + LineItem::TAX)).sum(),
            LineItem::QUANTITY.avg_to::<4>(),
            LineItem::EXTENDED_PRICE.avg_to::<4>(),
            LineItem::DISCOUNT.avg_to::<4>(),
            count(),
        ))
}
