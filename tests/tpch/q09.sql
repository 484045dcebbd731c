select nation, year, sum(amount)
from (
    select n.name as nation, cast(strftime('%Y', o.order_date) as integer) as year,
        l.extended_price * (100 - l.discount) - ps.cost * l.quantity as amount
    from part p
    join line_item l on l.part_key = p.part_key
    join part_supplier ps on ps.part_key = l.part_key and ps.supplier_key = l.supplier_key
    join supplier s on s.supplier_key = l.supplier_key
    join orders o on o.order_key = l.order_key
    join nation n on n.nation_key = s.nation_key
    where p.name like '%green%'
)
group by nation, year
order by nation, year desc
