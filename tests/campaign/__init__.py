"""A campaign of faults, load and hostile input against containers: tried by a seed, and survived or
not.

Survived means: pid 1 lives on and does its work, reaps all there is to reap, and a stop then
ends the container with the app's exit code, within the plan's time and an engine's patience.
"""
