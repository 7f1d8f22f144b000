"""Authoring of dbt projects: contracts from models, where the two disagree, and what a project needs of others."""
