SELECT c.country, count(*) AS orders, sum(o.amount) AS amount
FROM shop.orders AS o
JOIN shop.customers AS c ON c.customer = o.customer
GROUP BY c.country
