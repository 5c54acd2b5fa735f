"""Second calculations, slow and plain, that judge the engine's own; they share no code with it."""
