{{ config(materialized='ephemeral') }}
select customer from {{ source('market', 'customers') }}
