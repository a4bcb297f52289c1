"""What people see: one blueprint per audience."""
