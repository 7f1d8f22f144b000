{{ config(materialized='view') }}
select order_id, customer, day, amount
from {{ source('market', 'orders') }}
