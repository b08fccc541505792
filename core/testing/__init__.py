"""What plugin authors test with: the base of simulators and a server to run them on."""
