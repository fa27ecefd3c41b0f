"""Stills by diffusers: Stable Diffusion 1.x, 2.x and XL, from the show's model or from a folder.

It owns which models there are, which of them are loaded, and the way of one still through the
pipelines of diffusers. With a live picture all of it runs on that engine's thread, step by step,
over the tensors of the show's model; without one on the thread of MakeStills, and nothing is loaded
before the first still that needs it. A model is read on a thread of its own meanwhile. It asks no
network for a model of the folder, and runs no pickle that wants more than tensors. Importing this
package loads no torch.
"""
