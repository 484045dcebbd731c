select (2 * 1000000 * promo + total) / (2 * total)
    - ((2 * 1000000 * promo + total) % (2 * total) = 0 and (2 * 1000000 * promo + total) / (2 * total) % 2) as percent
from (
    select sum(case when p.kind like 'PROMO%' then l.extended_price * (100 - l.discount) else 0 end) as promo,
        sum(l.extended_price * (100 - l.discount)) as total
    from line_item l
    join part p on p.part_key = l.part_key
    where l.ship_date >= '1995-09-01' and l.ship_date < date('1995-09-01', '+1 month')
)
