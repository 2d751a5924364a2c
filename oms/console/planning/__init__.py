"""Pages of planning that draw charts: how good the forecasts are, one forecast, the simulation of a policy."""
