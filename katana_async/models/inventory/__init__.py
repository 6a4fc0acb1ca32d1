"""Stock: levels and movements, locations and bins, batches and serial numbers, adjustments."""
