SELECT
    o.day,
    count(*) AS orders,
    sum(o.amount) AS amount
FROM orders AS o
GROUP BY o.day
