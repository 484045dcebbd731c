select c.customer_key, c.name, sum(l.extended_price * (100 - l.discount)) as revenue,
    c.balance, n.name, c.address, c.phone, c.comment
from customer c
join orders o on o.customer_key = c.customer_key
join line_item l on l.order_key = o.order_key
join nation n on n.nation_key = c.nation_key
where o.order_date >= '1993-10-01' and o.order_date < date('1993-10-01', '+3 months') and l.return_flag = 'R'
group by c.customer_key, c.name, c.balance, c.phone, n.name, c.address, c.comment
order by revenue desc
limit 20
