"""The simulator as an environment for reinforcement learning: conversations in this process, with rewards by rule."""
