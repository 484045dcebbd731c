select substr(phone, 1, 2) as code, count(*), sum(balance)
from customer c
where code in ('13', '31', '23', '29', '30', '18', '17')
    and balance > (
        select avg(balance) from customer
        where balance > 0 and substr(phone, 1, 2) in ('13', '31', '23', '29', '30', '18', '17')
    )
    and not exists (select * from orders o where o.customer_key = c.customer_key)
group by code
order by code
