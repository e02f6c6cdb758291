"""The register of the guarantee: who has promised what, who says so, and whether it is enough."""
