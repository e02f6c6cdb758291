"""Ground floor: pure functions of arrays for geodesy and geometry."""
