select s.name, count(*) as waits
from supplier s
join line_item l1 on l1.supplier_key = s.supplier_key
join orders o on o.order_key = l1.order_key
join nation n on n.nation_key = s.nation_key
where n.name = 'UNITED STATES' and o.status = 'F' and l1.receipt_date > l1.commit_date
    and exists (
        select * from line_item l2 where l2.order_key = l1.order_key and l2.supplier_key <> l1.supplier_key
    )
    and not exists (
        select * from line_item l3
        where l3.order_key = l1.order_key and l3.supplier_key <> l1.supplier_key
            and l3.receipt_date > l3.commit_date
    )
group by s.name
order by waits desc, s.name
limit 100
