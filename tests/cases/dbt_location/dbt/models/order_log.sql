{{ config(materialized='incremental', unique_key='order_id') }}
select
    order_id,
    amount,
    {% if is_incremental() %}(select count(*) from {{ this }}){% else %}0{% endif %} as seen_before
from {{ ref('stg_orders') }}
{% if is_incremental() %}where order_id > (select max(order_id) from {{ this }}){% endif %}
