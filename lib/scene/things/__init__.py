"""The things of a drawn scene, a file for each family, and the table of them all."""
