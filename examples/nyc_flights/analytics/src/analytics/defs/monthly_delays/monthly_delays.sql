SELECT
    make_date(f.year, f.month, 1) AS month,
    f.origin,
    CASE WHEN w.rain IS NULL THEN 'unknown' WHEN w.rain > 0 THEN 'wet' ELSE 'dry' END AS weather,
    count(*) AS flights,
    count(*) FILTER (WHERE f.dep_time IS NULL) AS cancelled,
    avg(f.dep_delay) AS mean_delay
FROM flight_ops.flights AS f
LEFT JOIN weather.daily AS w ON w.origin = f.origin AND w.day = make_date(f.year, f.month, f.day)
GROUP BY ALL
