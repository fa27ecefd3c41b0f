"""A show in virtual time: nothing sleeps, nothing is sent, a minute takes about a second."""
