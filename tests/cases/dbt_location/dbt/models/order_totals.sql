select customer, count(*) as orders, {{ euros('amount') }} as amount
from {{ ref('stg_orders') }}
group by customer
