"""Breaking the glass: incidents that are declared at once, watched while they run, and reviewed afterwards."""
