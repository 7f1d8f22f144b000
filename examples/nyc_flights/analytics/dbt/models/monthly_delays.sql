select
    date_trunc('month', departed_on)::date as month,
    origin,
    case when rain is null then 'unknown' when rain > 0 then 'wet' else 'dry' end as weather,
    count(*) as flights,
    count(*) filter (where cancelled) as cancelled,
    avg(dep_delay) as mean_delay
from {{ ref('stg_flights') }}
group by all
