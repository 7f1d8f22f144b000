SELECT
    count(*) AS rows,
    sum(value) AS total
FROM days
