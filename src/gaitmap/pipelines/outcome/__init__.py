"""What becomes of the strides of a recording: parameters, both feet, bouts, what is left out and why."""
