//! The revenue from certain parts that were delivered by air and in person.

use crate::prelude::*;

pub(crate) fn query() -> Select<impl Sized, Money<4>> {
    let sold = |brand: &str, containers: [&str; 4], quantity: i64, size: i32| -> Condition<(LineItem, Part)> {
        Part::BRAND
            .eq(brand)
            .and(Part::CONTAINER.is_in(containers))
            .and(LineItem::QUANTITY.between(quantity, quantity + 10))
            .and(Part::SIZE.between(1, size))
            .rescope()
    };
    LineItem::select()
        .join(Part)
        .filter(LineItem::SHIP_MODE.is_in(["AIR", "REG AIR"]).and(LineItem::SHIP_INSTRUCT.eq("DELIVER IN PERSON")))
        .filter(any_of([
            sold("Brand#12", ["SM CASE", "SM BOX", "SM PACK", "SM PKG"], 1, 5),
            sold("Brand#23", ["MED BAG", "MED BOX", "MED PKG", "MED PACK"], 10, 10),
            sold("Brand#34", ["LG CASE", "LG BOX", "LG PACK", "LG PKG"], 20, 15),
        ]))
        .columns(LineItem::revenue().sum())
}
