"""What must stay, as programs outside see it: recorded from one version, held by later ones."""
