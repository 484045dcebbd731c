select (2 * 100 * price + 7) / (2 * 7)
    - ((2 * 100 * price + 7) % (2 * 7) = 0 and (2 * 100 * price + 7) / (2 * 7) % 2) as yearly
from (
    select sum(l.extended_price) as price
    from line_item l
    join part p on p.part_key = l.part_key
    where p.brand = 'Brand#43' and p.container = 'JUMBO BAG' and l.quantity < (
        select 0.2 * avg(l2.quantity) from line_item l2 where l2.part_key = p.part_key
    )
)
