select
    f.carrier,
    a.name,
    count(distinct date_trunc('month', f.departed_on)) as months,
    count(*) as flights,
    avg(case when f.rain > 0 then 1.0 else 0.0 end) as rainy_share,
    avg(f.dep_delay) as mean_delay
from {{ ref('stg_flights') }} as f
join {{ source('flight_ops', 'airlines') }} as a on a.carrier = f.carrier
group by all
