"""What residents ask for, support, and see answered by a partner."""
