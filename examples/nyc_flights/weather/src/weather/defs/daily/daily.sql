SELECT
    origin,
    make_date(year, month, day) AS day,
    avg(temp) AS mean_temp,
    sum(precip) AS rain,
    min(visib) AS worst_visibility,
    count(*) AS hours
FROM observations
GROUP BY origin, make_date(year, month, day)
