-- both read the same orders
select totals.customer
from {{ ref('order_totals') }} as totals
join {{ ref('best_customers') }} as best using (customer)
where totals.amount <> best.amount
