"""The layers of a scene, far to near: sky, land, water, rows of things, and weather in front."""
