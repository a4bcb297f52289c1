"""What is measured, and the command that prints it: `make bench`."""
