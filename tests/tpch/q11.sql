select ps.part_key, sum(ps.cost * ps.available) as value
from part_supplier ps
join supplier s on s.supplier_key = ps.supplier_key
join nation n on n.nation_key = s.nation_key
where n.name = 'GERMANY'
group by ps.part_key
having sum(ps.cost * ps.available) * 500 > (
    select sum(ps2.cost * ps2.available)
    from part_supplier ps2
    join supplier s2 on s2.supplier_key = ps2.supplier_key
    join nation n2 on n2.nation_key = s2.nation_key
    where n2.name = 'GERMANY'
)
order by value desc
