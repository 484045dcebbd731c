//! The cheapest supplier of each part in a region.

use crate::prelude::*;

type Row = (Scaled<2>, String, String, i64, String, String, String, String);

pub(crate) fn query() -> Select<impl Sized, Row> {
    let least = PartSupplier::select()
        .join(Supplier)
        .join(Nation)
        .join(Region)
        .outer::<Part>()
        .filter(PartSupplier::PART_KEY.eq(Part::PART_KEY).and(Region::NAME.eq("EUROPE")))
        .columns(PartSupplier::COST.min());
    Part::select()
        .join(PartSupplier)
        .join(Supplier)
        .join(Nation)
        .join(Region)
        .filter(Part::SIZE.eq(15).and(Part::KIND.ends_with("BRASS")).and(Region::NAME.eq("EUROPE")))
        .filter(PartSupplier::COST.eq(least.scalar_subquery()))
        .order_by((Supplier::BALANCE.desc(), Nation::NAME, Supplier::NAME, Part::PART_KEY))
        .limit(100)
        .columns((
            Supplier::BALANCE,
            Supplier::NAME,
            Nation::NAME,
            Part::PART_KEY,
            Part::MANUFACTURER,
            Supplier::ADDRESS,
            Supplier::PHONE,
            Supplier::COMMENT,
        ))
}
