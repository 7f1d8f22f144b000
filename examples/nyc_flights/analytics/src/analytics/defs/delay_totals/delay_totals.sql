SELECT
    f.carrier,
    a.name,
    count(DISTINCT f.month) AS months,
    count(*) AS flights,
    avg(CASE WHEN w.rain > 0 THEN 1.0 ELSE 0.0 END) AS rainy_share,
    avg(f.dep_delay) AS mean_delay
FROM flight_ops.flights AS f
JOIN flight_ops.airlines AS a ON a.carrier = f.carrier
LEFT JOIN weather.daily AS w ON w.origin = f.origin AND w.day = make_date(f.year, f.month, f.day)
GROUP BY f.carrier, a.name
