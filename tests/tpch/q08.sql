select year,
    (2 * 10000 * american + total) / (2 * total)
        - ((2 * 10000 * american + total) % (2 * total) = 0 and (2 * 10000 * american + total) / (2 * total) % 2) as share
from (
    select year, sum(case when nation = 'UNITED STATES' then volume else 0 end) as american, sum(volume) as total
    from (
        select cast(strftime('%Y', o.order_date) as integer) as year, n2.name as nation,
            l.extended_price * (100 - l.discount) as volume
        from part p
        join line_item l on l.part_key = p.part_key
        join supplier s on s.supplier_key = l.supplier_key
        join orders o on o.order_key = l.order_key
        join customer c on c.customer_key = o.customer_key
        join nation n1 on n1.nation_key = c.nation_key
        join region r on r.region_key = n1.region_key
        join nation n2 on n2.nation_key = s.nation_key
        where r.name = 'AMERICA' and p.kind = 'ECONOMY ANODIZED STEEL'
            and o.order_date between '1995-01-01' and '1996-12-31'
    )
    group by year
)
order by year
