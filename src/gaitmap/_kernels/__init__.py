"""Compiled numerical kernels: float64 and int64 arrays in, arrays out, no pandas, no classes, no defaults."""
