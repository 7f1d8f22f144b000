"""The functions of Postgres that a team's query may call: those that compute from their arguments alone.

Whatever is not here is refused by name: functions that read files, settings, catalogs or sequences, that sleep, write,
or run text as SQL (query_to_xml, ts_stat, dblink). A function that a later version brings stays refused until read.
"""

from __future__ import annotations

__all__ = ["FUNCTIONS", "NOT_REPEATABLE", "TABLE_FUNCTIONS", "TYPES"]

_TABLES = """
    generate_series generate_subscripts unnest json_array_elements json_array_elements_text json_each json_each_text
    json_object_keys jsonb_array_elements jsonb_array_elements_text jsonb_each jsonb_each_text jsonb_object_keys
    jsonb_path_query regexp_matches regexp_split_to_table string_to_table
"""
TABLE_FUNCTIONS = frozenset(_TABLES.split())

# Allowed, but with a warning: they give another answer at each run.
_MOVING = """
    now random random_normal clock_timestamp statement_timestamp transaction_timestamp timeofday gen_random_uuid uuidv4
    uuidv7 uuid_generate_v4 current_date current_time current_timestamp localtime localtimestamp
"""
NOT_REPEATABLE = frozenset(_MOVING.split())

# Scalar, aggregate and window functions.
_NAMES = """
    abs acos acosd acosh age any_value array_agg array_append array_cat array_dims array_fill array_length array_lower
    array_ndims array_position array_positions array_prepend array_remove array_replace array_reverse
    array_sort array_to_json array_to_string array_upper ascii asin asind asinh atan atan2 atan2d atand
    atanh avg bit_and bit_count bit_length bit_or bit_xor bool_and bool_or btrim bytea_length cardinality casefold cbrt
    ceil ceiling char_length character_length chr coalesce concat concat_ws convert_from convert_to corr cos cosd cosh
    cot cotd count covar_pop covar_samp crc32 crc32c cume_dist date date_add date_bin date_part date_subtract date_trunc
    decode degrees dense_rank div encode erf erfc every exp extract factorial first_value floor format gamma gcd get_bit
    get_byte greatest grouping initcap isempty isfinite json_agg json_agg_strict json_array json_array_length
    json_build_array json_build_object json_extract_path json_extract_path_text json_object json_object_agg
    json_object_agg_strict json_scalar json_serialize json_strip_nulls json_typeof jsonb_agg jsonb_agg_strict
    jsonb_array_length jsonb_build_array jsonb_build_object jsonb_extract_path jsonb_extract_path_text jsonb_insert
    jsonb_object jsonb_object_agg jsonb_object_agg_strict jsonb_path_exists jsonb_path_match jsonb_path_query_array
    jsonb_path_query_first jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_typeof justify_days
    justify_hours justify_interval lag last_value lcm lead least left length lgamma ln log log10 lower lower_inc
    lower_inf lpad ltrim make_date make_interval make_time make_timestamp make_timestamptz max md5 min min_scale mod
    mode normalize nth_value ntile nullif num_nonnulls num_nulls numrange octet_length overlay parse_ident percent_rank
    percentile_cont percentile_disc pi position pow power quote_ident quote_literal quote_nullable radians
    range_agg range_intersect_agg rank regexp_count regexp_instr regexp_like regexp_match regexp_replace
    regexp_split_to_array regexp_substr regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx
    regr_sxy regr_syy repeat replace reverse right round row row_number row_to_json rpad rtrim scale set_bit set_byte
    sha224 sha256 sha384 sha512 sign sin sind sinh split_part sqrt starts_with stddev stddev_pop stddev_samp string_agg
    string_to_array strpos substr substring sum tan tand tanh to_ascii to_bin to_char to_date to_hex to_json to_jsonb
    to_number to_oct to_timestamp translate trim trim_array trim_scale trunc unicode_assigned unistr upper upper_inc
    upper_inf uuid_extract_timestamp uuid_extract_version var_pop var_samp variance width_bucket
    array bool_xor cast case exists if
"""

FUNCTIONS = frozenset(_NAMES.split()) | TABLE_FUNCTIONS

# Types a value may be cast to, as sqlglot names them. Not among them: regclass and its like, which look into catalogs.
_TYPES = """
    ARRAY BIGINT BIT BOOLEAN CHAR DATE DATERANGE DATEMULTIRANGE DECIMAL DOUBLE FLOAT INET INT INT4RANGE INT8RANGE
    INTERVAL JSON JSONB NUMMULTIRANGE NUMRANGE SMALLINT TEXT TIME TIMETZ TIMESTAMP TIMESTAMPTZ TSRANGE TSTZRANGE UUID
    VARBINARY VARBIT VARCHAR BPCHAR
"""
TYPES = frozenset(_TYPES.split())
