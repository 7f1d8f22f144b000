{% macro euros(column) %}cast(sum({{ column }}) as decimal(18, 2)){% endmacro %}
