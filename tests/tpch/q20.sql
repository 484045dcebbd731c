select s.name, s.address
from supplier s
join nation n on n.nation_key = s.nation_key
where n.name = 'UNITED STATES' and s.supplier_key in (
    select ps.supplier_key
    from part_supplier ps
    where ps.part_key in (select part_key from part where name like 'forest%') and ps.available * 100 * 2 > (
        select sum(l.quantity)
        from line_item l
        where l.part_key = ps.part_key and l.supplier_key = ps.supplier_key
            and l.ship_date >= '1994-01-01' and l.ship_date < date('1994-01-01', '+1 year')
    )
)
order by s.name
