{% snapshot customers_history %}
{{ config(unique_key='customer', strategy='check', check_cols=['country']) }}
select customer, country from {{ source('market', 'customers') }}
{% endsnapshot %}
