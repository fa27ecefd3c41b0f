"""What a voice sounds like: prosody, arousal, the 48 emotions, and when a turn begins and ends.

Pure judgement over samples that are handed in. It keeps no audio longer than a window of 40 ms.
"""
