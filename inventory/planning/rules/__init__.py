"""Pure arithmetic of planning: series, forecasts and how good they are, levels, proposals, a year played through."""
