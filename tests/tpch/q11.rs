//! The parts that make up a large share of a nation's stock.

use crate::prelude::*;

pub(crate) fn query() -> Select<impl Sized, (i64, Money<2>)> {
    let value = || (PartSupplier::COST * PartSupplier::AVAILABLE).sum();
    let german = || PartSupplier::select().join(Supplier).join(Nation).filter(Nation::NAME.eq("GERMANY"));
    german()
        .group_by(PartSupplier::PART_KEY)
        .having((value() * 500).gt(german().columns(value()).scalar_subquery()))
        .order_by(value().desc())
        .columns((PartSupplier::PART_KEY, value()))
}
