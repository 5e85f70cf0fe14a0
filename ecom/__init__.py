"""The `ecom` command: settings, doctor, the local stack, and what reads the lake."""
