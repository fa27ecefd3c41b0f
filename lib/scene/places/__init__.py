"""The places of drawn scenes: for each, some layouts, each a row of layers from far to near."""
