select priority, count(*)
from orders o
where order_date >= '1993-07-01' and order_date < date('1993-07-01', '+3 months')
    and exists (select * from line_item l where l.order_key = o.order_key and l.commit_date < l.receipt_date)
group by priority
order by priority
