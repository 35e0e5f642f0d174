"""What goes wrong around the service, and what it owes all the same."""
