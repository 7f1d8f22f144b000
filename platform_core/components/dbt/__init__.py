"""dbt projects as datasets of a location. Importing this package imports neither dbt nor dagster_dbt."""
