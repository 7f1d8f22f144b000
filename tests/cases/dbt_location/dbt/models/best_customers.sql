select customer, amount
from {{ ref('order_totals') }}
where amount >= 100
