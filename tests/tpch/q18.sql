select c.name, c.customer_key, o.order_key, o.order_date, o.total_price, sum(l.quantity)
from customer c
join orders o on o.customer_key = c.customer_key
join line_item l on l.order_key = o.order_key
where o.order_key in (select order_key from line_item group by order_key having sum(quantity) > 30000)
group by c.name, c.customer_key, o.order_key, o.order_date, o.total_price
order by o.total_price desc, o.order_date
limit 100
