"""What only scripts written for gaitmap 2.6 need."""
