"""How fast the desk is: what `bazkhord bench service`, `import`, `pages` and `insight` run."""
