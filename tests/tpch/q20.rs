//! Suppliers who have more of some part than half of what they sold in a year.

use crate::prelude::*;

pub(crate) fn query() -> Select<impl Sized, (String, String)> {
    let sold = LineItem::select()
        .outer::<PartSupplier>()
        .filter(LineItem::PART_KEY.eq(PartSupplier::PART_KEY))
        .filter(LineItem::SUPPLIER_KEY.eq(PartSupplier::SUPPLIER_KEY))
        .filter(LineItem::SHIP_DATE.in_range(date(1994, 1, 1)..date(1994, 1, 1) + 1.year()))
        .columns(LineItem::QUANTITY.sum());
    let forest = Part::select().filter(Part::NAME.starts_with("forest")).columns(Part::PART_KEY);
    let excess = PartSupplier::select()
        .filter(PartSupplier::PART_KEY.is_in(forest))
        .filter((PartSupplier::AVAILABLE.cast::<Scaled<2>>() * 2).gt(sold.scalar_subquery()))
        .columns(PartSupplier::SUPPLIER_KEY);
    Supplier::select()
        .join(Nation)
        .filter(Nation::NAME.eq("UNITED STATES").and(Supplier::SUPPLIER_KEY.is_in(excess)))
        .order_by(Supplier::NAME)
        .columns((Supplier::NAME, Supplier::ADDRESS))
}
