"""Which calls read something, by their dotted names: the one list.

Only calls that read are here: what writes, and what takes an open file, says nothing new about where data comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Kind", "Reads", "reads_of"]

# file: it depends on the argument whether that is outside. memory: the same, and without one nothing is read.
# service: outside, whatever it is given. process: nobody can tell. platform: what only the platform looks up.
Kind = Literal["file", "memory", "service", "process", "platform"]


@dataclass(frozen=True)
class Reads:
    """What a call reads, in words, and how its argument counts."""

    kind: Kind
    what: str


def _all(prefix: str, names: str, kind: Kind, what: str) -> dict[str, Reads]:
    return {f"{prefix}.{name}" if prefix else name: Reads(kind, what) for name in names.split()}


_FILE, _WEB, _DATABASE, _STORE, _TABLE = "a file", "a web service", "a database", "an object store", "a table"
_VERBS = "get post put patch delete head options request stream Session Client AsyncClient"
_FORMATS = "csv table fwf excel json html xml hdf feather parquet orc sas spss stata pickle"
_POLARS = "csv csv_batched excel ipc ipc_stream json ndjson ods parquet avro"

_CALLS: dict[str, Reads] = {
    "open": Reads("file", _FILE),
    **_all("", "io.open codecs.open gzip.open bz2.open lzma.open tarfile.open zipfile.ZipFile", "file", _FILE),
    **_all("", "shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.move", "file", _FILE),
    **_all("", "shelve.open dbm.open h5py.File openpyxl.load_workbook xlrd.open_workbook", "file", _FILE),
    **_all("", "fastparquet.ParquetFile geopandas.read_file geopandas.read_parquet", "file", _FILE),
    **_all("xarray", "open_dataset open_mfdataset open_zarr", "file", _FILE),
    **_all("numpy", "load loadtxt genfromtxt fromfile memmap", "file", _FILE),
    **_all("pandas", " ".join(f"read_{name}" for name in _FORMATS.split()), "file", _FILE),
    **_all("pandas", "ExcelFile HDFStore", "file", _FILE),
    **_all("polars", " ".join(f"read_{name} scan_{name}" for name in _POLARS.split()), "file", _FILE),
    **_all("pyarrow.parquet", "read_table read_pandas ParquetFile ParquetDataset", "file", _FILE),
    **_all("pyarrow", "memory_map OSFile input_stream csv.read_csv csv.open_csv json.read_json", "file", _FILE),
    **_all("pyarrow", "feather.read_table feather.read_feather orc.read_table orc.ORCFile", "file", _FILE),
    **_all("pyarrow", "dataset.dataset dataset.parquet_dataset ipc.open_file ipc.open_stream", "file", _FILE),
    **_all("duckdb", "read_csv read_parquet read_json from_csv_auto from_parquet", "file", _FILE),
    **_all("duckdb", "connect", "memory", _DATABASE),
    **_all("sqlite3", "connect", "memory", _DATABASE),
    **_all("pandas", "read_sql read_sql_query read_sql_table read_gbq", "service", _DATABASE),
    **_all("polars", "read_database read_database_uri", "service", _DATABASE),
    **_all("", "connectorx.read_sql sqlalchemy.create_engine sqlalchemy.engine_from_config", "service", _DATABASE),
    **_all("sqlalchemy.ext.asyncio", "create_async_engine", "service", _DATABASE),
    **_all("psycopg", "connect Connection.connect AsyncConnection.connect", "service", _DATABASE),
    **_all("", "psycopg_pool.ConnectionPool psycopg_pool.AsyncConnectionPool", "service", _DATABASE),
    **_all("", "psycopg2.connect asyncpg.connect asyncpg.create_pool pg8000.connect", "service", _DATABASE),
    **_all("", "pymysql.connect MySQLdb.connect mysql.connector.connect pymssql.connect", "service", _DATABASE),
    **_all("", "pyodbc.connect oracledb.connect cx_Oracle.connect teradatasql.connect", "service", _DATABASE),
    **_all("", "snowflake.connector.connect databricks.sql.connect trino.dbapi.connect", "service", _DATABASE),
    **_all("", "clickhouse_connect.get_client clickhouse_driver.Client ibis.connect", "service", _DATABASE),
    **_all("", "google.cloud.bigquery.Client pymongo.MongoClient redis.Redis redis.from_url", "service", _DATABASE),
    **_all("", "elasticsearch.Elasticsearch cassandra.cluster.Cluster", "service", _DATABASE),
    **_all("", "kafka.KafkaConsumer confluent_kafka.Consumer", "service", "a message queue"),
    **_all("boto3", "client resource Session session.Session", "service", _STORE),
    **_all("", "s3fs.S3FileSystem gcsfs.GCSFileSystem adlfs.AzureBlobFileSystem minio.Minio", "service", _STORE),
    **_all("pyarrow.fs", "S3FileSystem GcsFileSystem HadoopFileSystem FileSystem.from_uri", "service", _STORE),
    **_all("", "google.cloud.storage.Client azure.storage.blob.BlobServiceClient", "service", _STORE),
    **_all("azure.storage.blob", "BlobServiceClient.from_connection_string BlobClient", "service", _STORE),
    **_all("fsspec", "filesystem get_mapper", "service", _STORE),
    **_all("", "fsspec.open fsspec.open_files smart_open.open", "file", _FILE),
    **_all("", "paramiko.SSHClient paramiko.Transport ftplib.FTP ftplib.FTP_TLS", "service", "another machine"),
    **_all("deltalake", "DeltaTable", "file", _TABLE),
    **_all("", "polars.read_delta polars.scan_delta polars.scan_iceberg", "file", _TABLE),
    **_all("pyiceberg.catalog", "load_catalog", "service", _TABLE),
    **_all("requests", _VERBS, "service", _WEB),
    **_all("httpx", _VERBS, "service", _WEB),
    **_all("urllib.request", "urlopen urlretrieve", "service", _WEB),
    **_all("", "urllib3.PoolManager urllib3.request aiohttp.ClientSession aiohttp.request", "service", _WEB),
    **_all("", "http.client.HTTPConnection http.client.HTTPSConnection websockets.connect", "service", _WEB),
    **_all("socket", "create_connection socket", "service", "another machine"),
    **_all("subprocess", "run Popen call check_call check_output getoutput", "process", "another program"),
    **_all("", "os.system os.popen asyncio.create_subprocess_exec", "process", "another program"),
    **_all("asyncio", "create_subprocess_shell", "process", "another program"),
    **_all("dagster", "DagsterInstance.get DagsterInstance.from_ref", "platform", "Dagster's record"),
}
_INTERNAL = tuple(f"platform_core.{name}." for name in ("resources", "adapters", "workspace", "testing", "audit"))


def reads_of(name: str) -> Reads | None:
    """Return what a call of this dotted name reads; None for one that reads nothing that is known here."""
    if name.startswith(_INTERNAL):
        return Reads("platform", "the platform's own catalog and warehouse")
    return _CALLS.get(name)
