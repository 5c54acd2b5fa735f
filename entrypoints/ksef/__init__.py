"""The wiring of KSeF: signing in, its public keys, its calls through `ksef-client`, one sender."""
