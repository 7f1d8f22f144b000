import pyarrow

from platform_core import dataset


@dataset(inputs={"orders": "orders"})
def loyal_customers(orders: pyarrow.Table) -> pyarrow.Table:
    counted = orders.group_by("customer").aggregate([("order_id", "count")])
    return counted.rename_columns(["customer", "orders"]).sort_by("customer")
