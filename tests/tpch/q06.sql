select sum(extended_price * discount)
from line_item
where ship_date >= '1994-01-01' and ship_date < date('1994-01-01', '+1 year')
    and discount between 5 and 7 and quantity < 2400
