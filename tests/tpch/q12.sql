select l.ship_mode,
    sum(case when o.priority in ('1-URGENT', '2-HIGH') then 1 else 0 end) as high_lines,
    sum(case when o.priority not in ('1-URGENT', '2-HIGH') then 1 else 0 end) as low_lines
from orders o
join line_item l on l.order_key = o.order_key
where l.ship_mode in ('MAIL', 'SHIP') and l.commit_date < l.receipt_date and l.ship_date < l.commit_date
    and l.receipt_date >= '1994-01-01' and l.receipt_date < date('1994-01-01', '+1 year')
group by l.ship_mode
order by l.ship_mode
