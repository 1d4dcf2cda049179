"""What every platform and the desk share. Imports no platform, no web framework, no wall clock."""
