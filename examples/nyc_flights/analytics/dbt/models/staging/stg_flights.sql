-- Each flight with the weather at its airport that day. It has no contract: the project's own, read by nobody else.
with flights as (

    select *, make_date(year, month, day) as departed_on from {{ source('flight_ops', 'flights') }}

),

daily as (

    select * from {{ source('weather', 'daily') }}

)

select
    flights.departed_on,
    flights.carrier,
    flights.origin,
    flights.dep_time is null as cancelled,
    flights.dep_delay,
    daily.rain
from flights
left join daily on daily.origin = flights.origin and daily.day = flights.departed_on
