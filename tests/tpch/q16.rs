//! How many suppliers there are for each kind of part, without the suppliers about whom customers
//! have complained.

use crate::prelude::*;

pub(crate) fn query() -> Select<impl Sized, (String, String, i32, i64)> {
    let kind = (Part::BRAND, Part::KIND, Part::SIZE);
    let suppliers = PartSupplier::SUPPLIER_KEY.count().distinct();
    let bad = Supplier::select().filter(Supplier::COMMENT.like("%Customer%Complaints%")).columns(Supplier::SUPPLIER_KEY);
    PartSupplier::select()
        .join(Part)
        .filter(Part::BRAND.ne("Brand#45").and(!Part::KIND.starts_with("MEDIUM POLISHED")))
        .filter(Part::SIZE.is_in([49, 14, 23, 45, 19, 3, 36, 9]).and(PartSupplier::SUPPLIER_KEY.is_not_in(bad)))
        .group_by(kind)
        .order_by((suppliers.clone().desc(), kind))
        .columns((Part::BRAND, Part::KIND, Part::SIZE, suppliers))
}
