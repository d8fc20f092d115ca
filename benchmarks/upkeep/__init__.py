"""What keeps the reference honest: tolerances, stable pictures, how often preflight is right, lower bounds."""
