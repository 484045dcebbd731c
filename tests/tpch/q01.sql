select return_flag, line_status, quantity, price, disc_price, charge,
    (2 * 100 * quantity + n) / (2 * n)
        - ((2 * 100 * quantity + n) % (2 * n) = 0 and (2 * 100 * quantity + n) / (2 * n) % 2) as avg_quantity,
    (2 * 100 * price + n) / (2 * n)
        - ((2 * 100 * price + n) % (2 * n) = 0 and (2 * 100 * price + n) / (2 * n) % 2) as avg_price,
    (2 * 100 * discount + n) / (2 * n)
        - ((2 * 100 * discount + n) % (2 * n) = 0 and (2 * 100 * discount + n) / (2 * n) % 2) as avg_discount,
    n
from (
    select return_flag, line_status, sum(quantity) as quantity, sum(extended_price) as price,
        sum(extended_price * (100 - discount)) as disc_price,
        sum(extended_price * (100 - discount) * (100 + tax)) as charge,
        sum(discount) as discount, count(*) as n
    from line_item
    where ship_date <= date('1998-12-01', '-90 days')
    group by return_flag, line_status
)
order by return_flag, line_status
