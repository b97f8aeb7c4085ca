"""What visits did: effect, who was saved, and how training is kept from learning that visits are safe."""
