"""What depends on what: the asset graph, and what changed between two of them."""

from platform_core.lineage.changes import Change, changes
from platform_core.lineage.graph import Asset, Check, ContractRef, Graph, load_graph, save_graph

__all__ = ["Asset", "Change", "Check", "ContractRef", "Graph", "changes", "load_graph", "save_graph"]
