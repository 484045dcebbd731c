select sum(l.extended_price * (100 - l.discount))
from line_item l
join part p on p.part_key = l.part_key
where l.ship_mode in ('AIR', 'REG AIR') and l.ship_instruct = 'DELIVER IN PERSON' and (
    p.brand = 'Brand#12' and p.container in ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG')
        and l.quantity between 100 and 1100 and p.size between 1 and 5
    or p.brand = 'Brand#23' and p.container in ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK')
        and l.quantity between 1000 and 2000 and p.size between 1 and 10
    or p.brand = 'Brand#34' and p.container in ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG')
        and l.quantity between 2000 and 3000 and p.size between 1 and 15
)
